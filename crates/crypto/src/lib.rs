//! WebCrypto, and the primitives that Node shares.
