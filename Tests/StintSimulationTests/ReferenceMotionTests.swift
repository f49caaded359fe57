import Testing

@testable import StintSimulation

@Suite struct ReferenceMotionTests {
    @Test("speed and acceleration are the slopes of position and speed")
    func slopes() {
        let motion = ReferenceMotion()
        let h = 1e-5
        for k in 1...400 {
            // 0.137 s apart: never within h of the start or the end of a move, which are at multiples of 1 s.
            let time = 0.137 * Double(k) + 0.0004
            let (before, here, after) = (motion.at(time - h), motion.at(time), motion.at(time + h))
            // h² x‴/6, with jerks below 200 rad/s³ in either derivative: 4e-9; rounding ε x/h: 1e-10.
            #expect(distance((after.q - before.q) / (2 * h), here.dq) < 1e-8)
            #expect(distance((after.dq - before.dq) / (2 * h), here.ddq) < 1e-8)
        }
    }

    @Test("moves visit the poses in turn and rest there")
    func poses() {
        let motion = ReferenceMotion(
            poses: [[0, 1], [1, 0], [2, -1]], moveSeconds: 2, dwellSeconds: 1, shoulder: [], elbow: [])
        #expect(motion.at(0).q == [0, 1])
        #expect(motion.at(1).q == [0.5, 0.5])
        // Half way of a minimum-jerk move the speed is 15/8 of the mean.
        #expect(motion.at(1).dq == [0.9375, -0.9375])
        for time in [2, 2.5, 3.0] {
            let rest = motion.at(time)
            #expect(rest.q == [1, 0] && rest.dq == .zero && rest.ddq == .zero)
        }
        #expect(motion.at(5.5).q == [2, -1])
        #expect(motion.at(9).q == [0, 1])
    }
}
