using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ( name = "node-crypto-agreement",
      worker = (
        modules = [(name = "crypto_agreement.js", esModule = embed "crypto_agreement.js")],
        compatibilityDate = "2025-09-01",
        compatibilityFlags = ["nodejs_compat"],
      )
    ),
  ],
);
