import Testing

@testable import StintSimulation

@Suite struct TwoJointArmTests {
    /// A minute of the default arm with what only a simulator knows.
    static let minute: [(sample: TwoJointArm.Sample, state: ArmState, drive: SIMD2<Double>)] = {
        var arm = TwoJointArm(seed: 1)
        return (0..<6000).map { _ in
            let sample = arm.next()
            return (sample, arm.state, arm.driveTorque)
        }
    }()
    let links = ArmDynamics()

    @Test("the same seed gives the same samples, another seed another noise about the same motion")
    func seeds() {
        var one = TwoJointArm(seed: 5)
        var two = TwoJointArm(seed: 5)
        var other = TwoJointArm(seed: 6)
        for _ in 0..<200 {
            let sample = one.next()
            #expect(sample == two.next())
            let different = other.next()
            #expect(sample.dq != different.dq)
            #expect(sample.torque - one.driveTorque != different.torque - other.driveTorque)
            #expect(sample.temperature - one.state.temperature != different.temperature - other.state.temperature)
            #expect(distance(one.state.q, other.state.q) < 0.002)
        }
    }

    @Test("samples are evenly spaced from 0 s, and the sample rate does not alter the motion")
    func rates() {
        var parameters = TwoJointArm.Parameters()
        var fast = TwoJointArm(parameters, seed: 3)
        parameters.rateHz = 50
        var slow = TwoJointArm(parameters, seed: 3)
        for k in 0..<50 {
            let sample = slow.next()
            let same = fast.next()
            #expect(sample.time == Double(k) / 50 && same.time == sample.time)
            #expect(sample.q == same.q && sample.dq == same.dq && slow.state == fast.state)
            _ = fast.next()
        }
    }

    @Test("the arm stays within 0.05 rad of its reference, and within 0.02 rad while empty")
    func tracking() {
        // What the controller does not know, over its stiffness. Joint 1: 17 N·m for the payload's weight and inertia and
        // 5 N·m friction over 600 N·m/rad = 0.037; joint 2: 7.7 N·m and 1.6 N·m over 200 N·m/rad = 0.047. Empty, friction
        // alone: 0.008 and 0.008, doubled for the coupling of the joints; the sag of the payload is gone after 0.3 s.
        let reference = ReferenceMotion()
        for moment in Self.minute {
            let sagged = moment.sample.time >= 20 && moment.sample.time < 40.3
            let error = distance(moment.state.q, reference.at(moment.sample.time).q)
            #expect(error < (sagged ? 0.05 : 0.02))
        }
    }

    @Test("motors never exceed their limits, also when the motion asks for more")
    func limits() {
        var parameters = TwoJointArm.Parameters()
        parameters.shoulder.drive.limit = 25
        parameters.elbow.drive.limit = 3
        var arm = TwoJointArm(parameters, seed: 2)
        var atLimit = SIMD2<Double>.zero
        for _ in 0..<500 {
            _ = arm.next()
            #expect(abs(arm.driveTorque.x) <= 25 && abs(arm.driveTorque.y) <= 3)
            if abs(arm.driveTorque.x) == 25 { atLimit.x += 1 }
            if abs(arm.driveTorque.y) == 3 { atLimit.y += 1 }
        }
        #expect(atLimit.x > 0 && atLimit.y > 0)
        #expect(Self.minute.allSatisfy { abs($0.drive.x) < 80 && abs($0.drive.y) < 30 })
    }

    @Test("encoder angles lie on the grid of the encoder, half a count from the truth at most")
    func encoder() {
        let count = 2 * Double.pi / 16384
        for moment in Self.minute {
            #expect(distance(moment.sample.q, moment.state.q) <= count / 2 * (1 + 1e-9))
            let counts = moment.sample.q / count
            #expect(distance(counts, counts.rounded(.toNearestOrEven)) < 1e-9)
        }
    }

    @Test("speed, torque and temperature carry noise of their stated standard deviations, about the truth")
    func noise() {
        let sensors = TwoJointArm.Sensors()
        func check(_ errors: [SIMD2<Double>], _ sd: SIMD2<Double>) {
            let count = Double(errors.count)
            var mean = SIMD2<Double>.zero
            var variance = SIMD2<Double>.zero
            for error in errors {
                let scaled = error / sd
                mean += scaled / count
                variance += scaled * scaled / count
            }
            // Five standard errors for 6000 draws: 0.065 of a mean, 0.092 of a variance.
            #expect(mean.size < 0.065)
            #expect(distance(variance, [1, 1]) < 0.092)
        }
        check(Self.minute.map { $0.sample.dq - $0.state.dq }, SIMD2(repeating: sensors.speedNoise))
        check(Self.minute.map { $0.sample.torque - $0.drive }, sensors.torqueNoise)
        check(
            Self.minute.map { $0.sample.temperature - $0.state.temperature },
            SIMD2(repeating: sensors.temperatureNoise))
    }

    @Test("without payload, friction and noise there is nothing to correct: the arm follows within 1 mrad")
    func feedForward() {
        // The torque is held for 1 ms, so it lags by half of that on average: below 0.5 ms · 100 N·m/s = 0.05 N·m over
        // 200 N·m/rad, 0.25 mrad. Without the torque for the wanted accelerations it would be 2 kg·m² · 1.8 rad/s² / 600
        // N·m/rad = 6 mrad.
        var parameters = TwoJointArm.Parameters()
        parameters.sensors = .perfect
        parameters.shoulder.friction = .none
        parameters.elbow.friction = .none
        var arm = TwoJointArm(parameters, seed: 1)
        for _ in 0..<800 {
            let time = arm.next().time
            #expect(distance(arm.state.q, parameters.reference.at(time).q) < 1e-3)
        }
    }

    @Test("channels, extras and torques have one value per name, in the order of the names")
    func names() {
        let sample = TwoJointArm.Sample(
            time: 0, q: [1, 2], dq: [3, 4], commanded: [5, 6], temperature: [7, 8], torque: [9, 10], payload: 0, height: 0)
        #expect(TwoJointArm.channelNames == ["q1", "q2", "dq1", "dq2"] && sample.channels == [1, 2, 3, 4])
        #expect(TwoJointArm.extraNames == ["ddq1", "ddq2", "temperature1", "temperature2"])
        #expect(sample.extras == [5, 6, 7, 8])
    }

    @Test("perfect sensors tell the truth, and the commanded acceleration is that of the reference")
    func perfect() {
        var parameters = TwoJointArm.Parameters()
        parameters.sensors = .perfect
        var arm = TwoJointArm(parameters, seed: 4)
        for _ in 0..<100 {
            let sample = arm.next()
            #expect(sample.q == arm.state.q && sample.dq == arm.state.dq)
            #expect(sample.torque == arm.driveTorque && sample.temperature == arm.state.temperature)
            #expect(sample.commanded == parameters.reference.at(sample.time).ddq)
        }
    }

    @Test("the load label says what the schedule carries")
    func load() {
        for moment in Self.minute {
            let carries = moment.sample.time >= 20 && moment.sample.time < 40
            #expect(moment.sample.load == (carries ? .loaded : .empty))
            #expect(moment.sample.payload == (carries ? 1.5 : 0))
        }
    }

    @Test("holding still, the measured torque rises by the weight of the payload times its lever")
    func payloadTorque() {
        var parameters = TwoJointArm.Parameters()
        parameters.sensors = .perfect
        parameters.reference = ReferenceMotion(poses: [[0, 0]], shoulder: [], elbow: [])
        parameters.payload = PayloadSchedule([.init(time: 2, mass: 1.5)])
        parameters.shoulder.motor = .ideal
        parameters.elbow.motor = .ideal
        var arm = TwoJointArm(parameters, seed: 1)
        let samples = (0..<1000).map { _ in arm.next() }
        #expect(distance(samples[199].torque, [26.9775, 4.905]) < 1e-9)
        // The arm sags by payload torque over stiffness and comes to rest there. Down by 0.022 and 0.051 rad, cos takes up to
        // 0.13 % off a torque of 40 N·m: 0.05 N·m.
        let settled = links.gravityTorque(q: arm.state.q, payload: 1.5)
        let torque = samples[999].torque
        #expect(distance(torque, settled) < 1e-6)
        #expect(distance(torque, [26.9775 + 13.2435, 4.905 + 5.886]) < 0.1)
    }

    @Test("a warm motor gives less torque than its drive reports, by 0.11 % a kelvin")
    func warmMagnets() {
        var arm = TwoJointArm(seed: 1)
        for _ in 0..<3000 { _ = arm.next() }
        let kelvin = arm.state.temperature - SIMD2(22, 22)
        #expect(kelvin.x > 5 && kelvin.y > 5)
        #expect(distance(arm.motorTorque / arm.driveTorque, SIMD2(1, 1) - 0.0011 * kelvin) < 1e-12)
    }

    @Test("in a cold room the same motion takes more torque")
    func coldRoom() {
        func friction(_ celsius: Double) -> SIMD2<Double> {
            var parameters = TwoJointArm.Parameters()
            parameters.room = RoomTemperature(start: celsius)
            var arm = TwoJointArm(parameters, seed: 1)
            return (0..<2000).reduce(SIMD2<Double>.zero) { sum, _ in
                _ = arm.next()
                let torque = parameters.plant.friction(arm.state)
                return sum + [torque.x.magnitude, torque.y.magnitude] / 2000
            }
        }
        let ratio = friction(2) / friction(22)
        // s falls with temperature as 0.4 + 0.6 e^(−ΔT/15): at most 0.4 + 0.6 e^(20/15) = 2.68 times.
        #expect(ratio.x > 1.5 && ratio.y > 1.5 && ratio.x < 2.7 && ratio.y < 2.7)
    }

    @Test("the zones are about equal shares of the motion")
    func zones() {
        for zone in TwoJointArm.Zone.allCases {
            let share = Double(Self.minute.filter { $0.sample.zone == zone }.count) / 6000
            #expect((0.4...0.6).contains(share), "\(zone) \(share)")
        }
    }

    @Test("within a minute the joints warm up and friction falls")
    func warmth() {
        let parameters = TwoJointArm.Parameters()
        let end = Self.minute[5999].state.temperature
        let half = Self.minute[3000].state.temperature
        #expect(Self.minute[0].state.temperature == [22, 22])
        #expect(half.x > 25 && half.y > 25)
        #expect(end.x > half.x && end.y > half.y)
        #expect(parameters.shoulder.friction.scale(temperature: end.x) < 0.8)
        #expect(parameters.elbow.friction.scale(temperature: end.y) < 0.8)
    }

    @Test("the samples' torque is that of the equations of motion for the true motion")
    func inverse() {
        // Sampled at every step, the mean of the accelerations at both ends of a step is the change of speed, up to
        // h² d³q̇/12. Viscous friction only, so that no term is stiff: with decays of 12 1/s at the elbow and 100 rad/s²
        // steps of the motor, that is 144 · 100 · 1e-6/12 = 1e-3 rad/s², times 1.8 kg·m².
        var parameters = TwoJointArm.Parameters()
        parameters.rateHz = 1000
        parameters.sensors = .perfect
        parameters.shoulder.friction.coulomb = 0
        parameters.elbow.friction.coulomb = 0
        var arm = TwoJointArm(parameters, seed: 1)
        var worst = 0.0
        _ = arm.next()
        for _ in 0..<2000 {
            let before = arm.state
            let torque = arm.motorTorque
            _ = arm.next()
            let middle = ArmState(
                q: (before.q + arm.state.q) / 2, dq: (before.dq + arm.state.dq) / 2,
                temperature: (before.temperature + arm.state.temperature) / 2)
            let needed = links.torque(
                q: middle.q, dq: middle.dq, ddq: (arm.state.dq - before.dq) * 1000, payload: 0)
                + parameters.plant.friction(middle)
            worst = max(worst, (needed - torque).size)
        }
        #expect(worst < 2e-3)
    }

    @Test("a fault set between samples is felt from then on, and only then")
    func fault() {
        var healthy = TwoJointArm(seed: 9)
        var faulty = TwoJointArm(seed: 9)
        for _ in 0..<300 { #expect(healthy.next() == faulty.next()) }
        faulty.parameters.elbow.friction.coulomb *= 3
        var change = 0.0
        for _ in 0..<300 { change = max(change, (healthy.next().torque - faulty.next().torque).size) }
        // 1.6 N·m more Coulomb friction; the torque noise is the same draw in both.
        #expect(change > 1 && change < 5)
    }
}
