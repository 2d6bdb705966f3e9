# cryptoKey bindings, in each of their forms.

using Workerd = import "/workerd/workerd.capnp";

const hmac :Text = `{"name": "HMAC", "hash": "SHA-256"}
;
const ecdsa :Text = `{"name": "ECDSA", "namedCurve": "P-256"}
;

const config :Workerd.Config = (
  services = [(
    name = "crypto-keys",
    worker = (
      modules = [(name = "crypto-keys.js", esModule = embed "crypto-keys.js")],
      compatibilityFlags = ["nodejs_compat"],
      bindings = [
        (name = "raw", cryptoKey = (raw = "key", algorithm = (json = .hmac), usages = [sign, verify])),
        (name = "hex", cryptoKey = (hex = "6b6579", algorithm = (json = .hmac), usages = [sign], extractable = true)),
        (name = "base64", cryptoKey = (base64 = "a2V5", algorithm = (json = .hmac), usages = [sign])),
        (
          name = "jwk",
          cryptoKey = (
            jwk = `{"kty": "oct", "k": "a2V5", "alg": "HS256"}
            ,
            algorithm = (json = .hmac),
            usages = [sign],
          ),
        ),
        (name = "named", cryptoKey = (hex = "000102030405060708090a0b0c0d0e0f", algorithm = (name = "aes-gcm"), usages = [encrypt])),
        (
          name = "privateKey",
          cryptoKey = (
            pkcs8 =
              `-----BEGIN PRIVATE KEY-----
              `MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMrublxTg9nNBqJP1
              `EXhXQfeSGak3vastcAtX3HROpjWhRANCAAQh8qENtUjk+LrV+RLJ2CODJK/GrLWZ
              `FuD1DEUj26Qux34h8ImvQYDJA3xq0AmoN3JR6sjzHhvdkfKBp87QwnhS
              `-----END PRIVATE KEY-----
            ,
            algorithm = (json = .ecdsa),
            usages = [sign],
          ),
        ),
        (
          name = "publicKey",
          cryptoKey = (
            spki =
              `-----BEGIN PUBLIC KEY-----
              `MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIfKhDbVI5Pi61fkSydgjgySvxqy1
              `mRbg9QxFI9ukLsd+IfCJr0GAyQN8atAJqDdyUerI8x4b3ZHygafO0MJ4Ug==
              `-----END PUBLIC KEY-----
            ,
            algorithm = (json = .ecdsa),
            usages = [verify],
          ),
        ),
      ],
    ),
  )],
);
