import Foundation
import StintFuzzing

// A decoder under damaged inputs by the hundred million: seeded accidents of a corpus, as in `make test`, many times over. libFuzzer finds
// its way by measuring every branch, which costs most of its time; this goes through what it has found, and its surroundings, at full speed.
//
//     make long-fuzz TARGET=state EXECUTIONS=35000000 CORPUS=.build-fuzz/corpus/state
//
// A state is read three times an execution: as it is, with its checksums made right, and as a change of a true state with them right.

let words = CommandLine.arguments
guard words.count > 3, let target = FuzzTarget(rawValue: words[1]), let executions = Int(words[2]) else {
    print("StintLongFuzz TARGET EXECUTIONS FOLDER… [--seed N]")
    exit(2)
}
var folders = Array(words.dropFirst(3)), seed: UInt64 = 1
if let place = folders.firstIndex(of: "--seed") {
    seed = UInt64(folders[place + 1]) ?? 1
    folders.removeSubrange(place...place + 1)
}
let inputs = try folders.flatMap { folder in
    try FileManager.default.contentsOfDirectory(at: URL(fileURLWithPath: folder), includingPropertiesForKeys: nil).sorted { $0.path < $1.path }
        .map { [UInt8](try Data(contentsOf: $0)) }
}
var random = Accidents(seed: seed)
let start = clock()
for done in 1...executions {
    let input = random.mutate(inputs)
    if let wrong = input.withUnsafeBytes({ target.run($0) }) {
        print("\(target.rawValue): \(wrong)\n\(input.map { String($0, radix: 16) }.joined(separator: " "))")
        exit(1)
    }
    guard done % 1_000_000 == 0 || done == executions else { continue }
    let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
    let read = target == .state ? ", \(FuzzTarget.statesRead) states read" : ""
    print("\(done) executions\(read), seed \(seed), \(inputs.count) inputs in the corpus, \(Int(Double(done) / seconds)) a second of CPU")
    fflush(nil)
}
