import Testing

@testable import StintConfig

@Suite struct EndpointTests {
    private func code(_ text: String, _ side: Endpoint.Side) -> ConfigProblem.Code? {
        do throws(Misfit) {
            #expect(try Endpoint(text, for: side).text == text)
            return nil
        } catch { return error.code }
    }

    @Test(
        "what stays on this machine can be bound",
        arguments: [
            "tcp://127.0.0.1:5555", "tcp://127.0.0.1:*", "tcp://127.0.0.1:0", "tcp://127.8.9.255:65535", "tcp://localhost:1", "tcp://lo:9",
            "tcp://[::1]:5555",
            "ipc:///run/stint/in", "ipc://relative", "ipc://@abstract",
        ])
    func bound(_ text: String) { #expect(code(text, .bind) == nil) }

    @Test("a port must be known to connect to it", arguments: ["tcp://127.0.0.1:*", "tcp://127.0.0.1:0"])
    func open(_ text: String) { #expect(code(text, .connect) == .invalidValue) }

    @Test(
        "what leaves this machine is told from what stays, also where the name looks like it",
        arguments: [
            "tcp://*:5555", "tcp://0.0.0.0:5555", "tcp://192.168.1.7:5555", "tcp://robot:5555", "tcp://[::]:5555", "tcp://eth0:5555",
            "tcp://127.1:5555", "tcp://127.0.0.1.evil.example:5555", "tcp://127.0.0.256:1", "tcp://127.0.0.01:1",
        ])
    func remote(_ text: String) throws {
        #expect(try !Endpoint(text, for: .bind).isLocal)
        #expect(try !Endpoint(text, for: .connect).isLocal)
        #expect(try Endpoint("tcp://127.0.0.1:1", for: .bind).isLocal && Endpoint("ipc://a", for: .bind).isLocal)
    }

    @Test(
        "a text that is no endpoint is refused",
        arguments: [
            "", "localhost", "localhost:5555", "udp://127.0.0.1:1", "inproc://x", "tcp://", "tcp://127.0.0.1", "tcp://:5555",
            "tcp://127.0.0.1:",
            "tcp://127.0.0.1:99999", "tcp://127.0.0.1:65536", "tcp://127.0.0.1:-1", "tcp://127.0.0.1:+1", "tcp://127.0.0.+1:1", "tcp://127.0.0.1:1 ",
            "tcp://127.0.0.1:１",
            "tcp://a;b:1", "tcp://::1:5555", "ipc://", "ipc://*", "ipc://a\0b", "ipc://" + String(repeating: "x", count: 108),
        ])
    func refused(_ text: String) {
        #expect(code(text, .bind) != nil)
        #expect(code(text, .connect) != nil)
    }
}
