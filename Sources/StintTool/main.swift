#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

exit(Tool.status(of: nil))
