import StintFuzzing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The target that STINT_FUZZ_TARGET names.
private let target: FuzzTarget = {
    let name = getenv("STINT_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        fatalError("STINT_FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue)), got \"\(name)\"")
    }
    return target
}()

/// libFuzzer's way in.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let wrong = target.run(UnsafeRawBufferPointer(start: start, count: count)) { fatalError(wrong) }
    return 0
}
