import Stint
import StintStore
import Testing

@Suite struct FingerprintTests {
    @Test("SHA-256 of abc is that of FIPS 180-2")
    func known() {
        #expect(Fingerprint(of: "abc").hexadecimal == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("pieces hash like the whole, and lines are not run together")
    func pieces() {
        var hash = Hasher256()
        hash.add(line: "ab")
        hash.add(line: "c")
        #expect(hash.finish() == Fingerprint(of: "ab\nc\n"))
    }

    @Test("a shape says all that a snapshot depends on, line by line")
    func text() {
        #expect(
            shape(channels: ["q\"1", "q2"]).text == """
                stint 1
                channel "q\\"1"
                channel "q2"
                rate 100.0
                reorder 4
                window 64 1
                encoder last lags fourier warm_up 500
                pending 1024
                seed 1
                reservoir 262144
                drift adwin auto regimes 4
                head "torque" regression "tau"
                head "health" anomaly

                """)
    }

    @Test("the encoder's hash knows the order of channels and the seed")
    func encoder() {
        let specification = Specification(
            channels: 2, rateHz: 1, labels: 0, heads: [HeadSpecification(kind: .anomaly(falseAlarms: .perRows(count: 1, rows: 100)))])
        var other = specification
        other.seed = 2
        let learner = Learner(Plan(specification)), second = Learner(Plan(other))
        let hash = learner.encoderHash(channels: ["a", "b"])
        #expect(hash == learner.encoderHash(channels: ["a", "b"]))
        #expect(hash != learner.encoderHash(channels: ["b", "a"]))
        #expect(hash != second.encoderHash(channels: ["a", "b"]))
    }
}
