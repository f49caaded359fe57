import Stint
import StintStore
import Testing

@Suite struct LineageTests {
    @Test("a lineage goes through its file, whatever is in its names, and keeps its newest deeds")
    func roundTrip() throws {
        let folder = Folder()
        var lineage = Lineage(bornNanoseconds: 5, birthplace: "arm \"7\"")
        lineage.restores = 12
        lineage.merges = 1
        for i in 0..<40 { lineage.note("deed \(i)\nborn 9", at: Int64(i)) }
        var written = header()
        written.lineage = lineage
        try StateFile.write(written, snapshot: UnsafeRawBufferPointer(start: nil, count: 0), to: folder.file("x.state"))
        let read = try StateFile.read(folder.file("x.state")).header
        #expect(read == written && read.lineage.deeds.count == Lineage.most && read.lineage.deeds.last?.nanoseconds == 39)
    }
}
