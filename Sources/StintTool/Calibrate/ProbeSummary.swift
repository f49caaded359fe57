import StintConfig
import StintWire

extension Calibration.Probe {
    /// How many rows, and of what.
    var summary: String {
        "\(rows.count) rows to judge by, that know " + labels.indices.map { "\(labels[$0]) (\(known($0))\(kinds($0)))" }.joined(separator: ", ")
    }

    func write(_ object: inout JSONObject, _ out: inout ByteWriter) {
        object.add("probe", &out) { object, out in
            object.add("rows", rows.count, &out)
            object.add("labels", Array(labels.indices), &out) { label, out in
                JSONObject.write(into: &out) { object, out in
                    object.add("name", labels[label], &out)
                    object.add("rows", known(label), &out)
                    object.add("classes", names(label).count, &out)
                }
            }
        }
    }

    private func known(_ label: Int) -> Int { rows.count { $0.labels[label] != .unknown } }

    private func names(_ label: Int) -> Set<String> {
        Set(rows.compactMap { if case .category(let name) = $0.labels[label] { name } else { nil } })
    }

    private func kinds(_ label: Int) -> String {
        let names = names(label).count
        return names == 0 ? "" : " of \(names) class\(names == 1 ? "" : "es")"
    }
}
