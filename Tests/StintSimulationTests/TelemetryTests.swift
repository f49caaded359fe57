import Testing

@testable import StintSimulation

@Suite struct TelemetryTests {
    static let samples: [TwoJointArm.Sample] = {
        var arm = TwoJointArm(seed: 3)
        return (0..<1000).map { _ in arm.next() }
    }()

    func told(_ kinds: SensorFault.Kind..., seed: UInt64 = 1) -> [[Double]?] {
        var telemetry = Telemetry(kinds.map { SensorFault($0, from: 2, to: 6) }, seed: seed)
        return Self.samples.map { telemetry.read($0) }
    }

    func during(_ time: Double) -> Bool { time >= 2 && time < 6 }

    @Test("without a fault, and outside of one, the telemetry tells what the sensors say")
    func honest() {
        var healthy = Telemetry(seed: 1)
        let faulty = told(.bias(.q1, 1), .noise(.q2, 1), .scale(.dq1, 0.5), .stuck(.dq2), .dead(.ddq1), .cable)
        for (sample, values) in zip(Self.samples, faulty) {
            #expect(healthy.read(sample) == sample.channels + sample.extras)
            if !during(sample.time) { #expect(values == sample.channels + sample.extras) }
        }
    }

    @Test("each fault spoils its own channel, in its own way, from its onset to before its end")
    func kinds() throws {
        for (i, sample) in Self.samples.enumerated() where during(sample.time) {
            let truth = sample.channels + sample.extras
            let values = try #require(told(.bias(.q1, 0.25), .scale(.dq1, 0.5), .stuck(.dq2), .dead(.ddq1))[i])
            #expect(values[0] == truth[0] + 0.25 && values[1] == truth[1] && values[2] == truth[2] * 0.5)
            #expect(values[3] == Self.samples[200].dq.y && values[4].isNaN && Array(values[5...]) == Array(truth[5...]))
            #expect(told(.cable)[i] == nil)
            // Each moment reads 1000 rows three times; a few are enough.
            if i > 210 { break }
        }
    }

    @Test("added noise has its standard deviation about the truth, and is that of its seed")
    func noise() {
        let one = told(.noise(.q2, 0.5)), same = told(.noise(.q2, 0.5)), other = told(.noise(.q2, 0.5), seed: 2)
        var squares = 0.0, mean = 0.0
        for i in 200..<600 {
            #expect(one[i] == same[i] && one[i] != other[i])
            let error = (one[i]?[1] ?? .nan) - Self.samples[i].q.y
            squares += error * error / 400
            mean += error / 400
        }
        // Five standard errors for 400 draws: 0.25/2 of a mean, 0.35 of a variance.
        #expect(abs(mean) < 0.125 && abs(squares / 0.25 - 1) < 0.36)
    }

    @Test("one fault does not alter what another one draws")
    func independence() {
        let alone = told(.noise(.q2, 0.5)), together = told(.noise(.q2, 0.5), .noise(.q1, 1))
        for i in 0..<1000 { #expect(alone[i]?[1] == together[i]?[1]) }
    }

    @Test("channels have the names that the arm has for them")
    func names() {
        #expect(SensorFault.Channel.allCases.map(\.name) == TwoJointArm.channelNames + TwoJointArm.extraNames)
    }
}

@Suite struct ArmScenarioTests {
    @Test("each payload is visited three times for 40 s, and the rest of the file tells nothing of it")
    func payload() {
        let scenario = ArmScenario.payload
        var rows: [Double: Int] = [:]
        var visits: [Double] = []
        for (truth, told) in scenario.life(seed: 1) {
            rows[truth.payload, default: 0] += 1
            if visits.last != truth.payload { visits.append(truth.payload) }
            #expect(told == truth.channels + truth.extras)
        }
        #expect(visits == [0, 1.5, 3, 0, 1.5, 3, 0, 1.5, 3, 0])
        #expect(rows == [0: 18_000, 1.5: 12_000, 3: 12_000] && scenario.rows == 42_000)
    }

    @Test("a scenario of one seed is one life")
    func seeds() {
        var one = ArmScenario.warmth.life(seed: 4), same = ArmScenario.warmth.life(seed: 4), other = ArmScenario.warmth.life(seed: 5)
        for _ in 0..<300 {
            let told = one.next()?.told
            #expect(told == same.next()?.told && told != other.next()?.told)
        }
    }
}
