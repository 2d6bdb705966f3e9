# Keys over lattices: ML-KEM, ML-DSA, and what SubtleCrypto says of its algorithms.
# dates: newest oldest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "lattice",
    worker = (
      modules = [
        (name = "lattice.js", esModule = embed "lattice.js"),
      ],
      compatibilityFlags = ["nodejs_compat", "webcrypto_modern_algorithms"],
    ),
  )],
);
