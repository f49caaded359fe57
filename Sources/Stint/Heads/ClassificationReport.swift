/// What a classification head tells of itself.
extension ClassificationHead {
    var isRehearsing: Bool { rehearsal.isActive }

    var experts: [ExpertReport] {
        let names = Memories.names.prefix(memories.count) + Discriminant.names.prefix(discriminants.count) + Self.contextNames
        return names.enumerated().map { e, name in
            ExpertReport(name: name, loss: mixture.meanLoss(e), weight: mixture.exponents[e])
        }
    }
}
