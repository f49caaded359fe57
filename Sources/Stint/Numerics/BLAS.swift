#if canImport(COpenBLAS)
import COpenBLAS
#endif

/// The one place where OpenBLAS is called. Without it everything works, more slowly.
enum BLAS {
    /// One thread: the daemon has one, and a second costs half a MiB. Links are made against the serial flavour; this holds
    /// where an administrator has chosen another.
    static func prepare() {
        #if canImport(COpenBLAS)
        openblas_set_num_threads(1)
        #endif
    }

    /// out ← Ax; false when there is no OpenBLAS.
    static func multiply(
        _ a: UnsafePointer<Float>, rows: Int, columns: Int, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
    ) -> Bool {
        #if canImport(COpenBLAS)
        cblas_sgemv(CblasRowMajor, CblasNoTrans, blasint(rows), blasint(columns), 1, a, blasint(columns), x, 1, 0, out, 1)
        return true
        #else
        return false
        #endif
    }
}
