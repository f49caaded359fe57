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

    /// out ← Aᵀx for A (inputs × outputs, by rows); false when there is no OpenBLAS.
    static func multiply(
        _ a: UnsafePointer<Float>, inputs: Int, outputs: Int, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
    ) -> Bool {
        #if canImport(COpenBLAS)
        cblas_sgemv(CblasRowMajor, CblasTrans, blasint(inputs), blasint(outputs), 1, a, blasint(outputs), x, 1, 0, out, 1)
        return true
        #else
        return false
        #endif
    }
}
