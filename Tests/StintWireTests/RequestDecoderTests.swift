import StintWire
import Testing

@Suite struct RequestDecoderTests {
    private func decode(_ message: [UInt8]) -> String {
        var decoder = RequestDecoder()
        return lend(message) { bytes in
            switch decoder.decode(bytes) {
            case .request(let request): "\(text(request.method)) id \(request.id.map { text($0.raw) } ?? "-") params \(request.params.map { text($0.raw) } ?? "-")"
            case .refused(let error, let id): "\(error.rawValue) id \(id.map { text($0.raw) } ?? "-")"
            }
        }
    }

    @Test("Requests are taken or refused with the standard code, under their id", arguments: [
        (#"{"jsonrpc":"2.0","id":1,"method":"status","params":{}}"#, "status id 1 params {}"), (#" {"method":"a\u0062","jsonrpc":"2.0"} "#, "ab id - params -"),
        (#"{"jsonrpc":"2.0","id":"x","method":"s","params":[1]}"#, #"s id "x" params [1]"#), (#"{"jsonrpc":"2.0","id":null,"method":"s"}"#, "s id null params -"),
        ("{", "-32700 id -"), ("", "-32700 id -"), (String(repeating: "x", count: 1_000_000), "-32700 id -"), (String(repeating: "[", count: 50_000), "-32700 id -"),
        ("42", "-32600 id -"), (#""status""#, "-32600 id -"), ("[]", "-32600 id -"), (#"[{"jsonrpc":"2.0","id":1,"method":"status"}]"#, "-32600 id -"),
        (#"{"jsonrpc":"2.0","id":1}"#, "-32600 id 1"), (#"{"jsonrpc":"2.0","id":1,"method":7}"#, "-32600 id 1"), (#"{"id":1,"method":"s"}"#, "-32600 id 1"), (#"{"jsonrpc":2.0,"id":1,"method":"s"}"#, "-32600 id 1"),
        (#"{"jsonrpc":"2.0","id":{},"method":"s"}"#, "-32600 id -"), (#"{"jsonrpc":"2.0","id":1,"method":"label","params":"x"}"#, "-32602 id 1"), (#"{"jsonrpc":"2.0","id":1,"method":"s","params":null}"#, "-32602 id 1"),
    ])
    func table(message: String, outcome: String) { #expect(decode(Array(message.utf8)) == outcome) }

    @Test("Bytes that are not UTF-8 are no JSON")
    func notUTF8() { #expect(decode([0xFF, 0xFE, 0xFD]) == "-32700 id -") }

    @Test("Cuts and ten thousand accidents never crash")
    func accidents() {
        let whole = Array(#"{"jsonrpc":"2.0","id":"a\n","method":"label","params":{"name":"load","value":[1,2]}}"#.utf8)
        for length in 0..<whole.count { #expect(decode(Array(whole[..<length])) == "-32700 id -") }
        var random = SplitMix(10)
        for _ in 0..<10_000 { _ = decode(mutated(whole, with: jsonSpices, using: &random)) }
    }

    @Test("Replies echo the id and are strict JSON")
    func replies() {
        lend(#"{"jsonrpc":"2.0","id":"a\"b","method":"s","params":{"seq":5}}"#) { bytes in
            var decoder = RequestDecoder()
            guard case .request(let request) = decoder.decode(bytes) else { return #expect(Bool(false)) }
            #expect(request.parameter("seq")?.natural == 5)
            let result = written {
                ReplyWriter.beginResult(id: request.id, into: &$0)
                $0.append("{}")
                ReplyWriter.endResult(into: &$0)
            }
            #expect(result == #"{"jsonrpc":"2.0","id":"a\"b","result":{}}"#)
            let failure = written { ReplyWriter.error(.notFound, detail: "no head \"x\"", id: request.id, into: &$0) }
            #expect(failure == #"{"jsonrpc":"2.0","id":"a\"b","error":{"code":4,"message":"no head \"x\""}}"#)
        }
        let data = written {
            ReplyWriter.beginError(.rejected, id: nil, into: &$0)
            $0.append("{\"problems\":[]}")
            ReplyWriter.endError(into: &$0)
        }
        #expect(data == #"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"rejected","data":{"problems":[]}}}"#)
    }
}
