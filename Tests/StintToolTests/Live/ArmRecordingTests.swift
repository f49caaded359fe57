import Foundation
import StintSimulation
import Testing

@testable import StintTool

@Suite struct ArmRecordingTests {
    @Test("a recording has a row for each moment, empty cells where the telemetry tells nothing, and labels all the same")
    func gaps() throws {
        let scenario = ArmScenario(
            name: "short", about: "", seconds: 1, parameters: TwoJointArm.Parameters(),
            faults: [SensorFault(.dead(.dq1), from: 0.2, to: 0.4), SensorFault(.cable, from: 0.3, to: 0.5)])
        let path = NSTemporaryDirectory() + "stint-arm-\(UUID().uuidString).csv"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try ArmRecording.write(scenario, seed: 1, to: path)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "t,q1,q2,dq1,dq2,ddq1,ddq2,label:tau1,label:tau2,label:zone")
        #expect(lines.count == 102 && lines.last == "")
        for row in 0..<100 {
            let cells = lines[row + 1].split(separator: ",", omittingEmptySubsequences: false)
            #expect(cells.count == 10)
            let empty = cells.indices.filter { cells[$0].isEmpty }
            #expect(empty == ((30..<50).contains(row) ? [1, 2, 3, 4, 5, 6] : (20..<30).contains(row) ? [3] : []))
        }
    }
}
