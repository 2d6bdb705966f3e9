# The configuration of a process.
#
# This file is the only description of the config: it is embedded in the program, text configs import it as
# "/workerd/workerd.capnp", and both text and binary configs are read through it. Names, ordinals, types, defaults
# and ids equal those of the real workerd, so that configs and encoded messages are interchangeable.

@0xe6afd26682091c01;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("workerd::server::config");
$Cxx.allowCancellation;

struct Config {
  # The whole configuration of one process. A config file defines a constant of this type.

  services @0 :List(Service);
  # The named services. Names are private to the file. A service called internet is added when none is defined
  # (network, allow public, browser CAs).

  sockets @1 :List(Socket);
  # Where to listen and which service answers.

  v8Flags @2 :List(Text);
  # V8 command line flags, each with its leading dashes. An unknown or dashless one is an error.

  extensions @3 :List(Extension);
  # Modules offered to every worker.

  autogates @4 :List(Text);
  # Names of internal feature gates, workerd-autogate-<name>. An unknown one is ignored; one without the
  # prefix logs an error and is ignored.

  structuredLogging @5 :Bool = false;
  # Old switch for JSON logs; use logging.structuredLogging.

  logging @6 :LoggingOptions;
  # Logging options.

  cluster @7 :ClusterConfig;
  # Join a cluster. Experimental.
}

struct ClusterConfig {
  # Joining a cluster: several processes that share Durable Objects through a bucket.

  bucket @0 :Text;
  # Shared bucket, s3://bucket/prefix or gs://bucket/prefix.

  bucketOptions @1 :List(Text);
  # key=value settings of an s3 bucket (aws_endpoint, aws_region, aws_access_key_id, aws_secret_access_key,
  # aws_token, aws_credentials_file); an entry without = is ignored, any setting with a gs bucket is an error.

  address @2 :Text;
  # Peer port, host:port. A public IP is refused unless unsafePublicAddress.

  key @3 :Text;
  # Shared secret of at least 32 bytes.

  advertise @4 :Text;
  # Address that peers are told; default the bound one.

  unsafePublicAddress @5 :Bool = false;
  # Allow a public IP for address and advertise.

  stopTimeoutMs @6 :UInt32 = 8000;
  # From SIGTERM to exit; half for in-flight requests, to three quarters for handing objects off, to nine
  # tenths for connections.

  unsafeTimeDivisor @7 :UInt32 = 1;
  # Tests only: divides the lease and takeover times; 0 or above 1000 is an error.
}

struct LoggingOptions {
  # How logs look.

  structuredLogging @0 :Bool = false;
  # JSON logs; true wins over Config.structuredLogging.

  stdoutPrefix @1 :Text;
  # Prefix of what process.stdout writes; default "stdout: ".

  stderrPrefix @2 :Text;
  # Prefix of what process.stderr writes; default "stderr: ".
}

struct Socket {
  # An address to listen on, what is spoken there, and the service that answers.

  name @0 :Text;
  # Name for --socket-addr and --socket-fd. Duplicates and an empty name are accepted.

  address @1 :Text;
  # host:port, *:port, [v6]:port, unix:PATH, unix-abstract:NAME or a DNS name. Missing: error unless
  # overridden on the command line.

  union {
    http @2 :HttpOptions;
    # Plain HTTP.

    https :group {
      # HTTP over TLS.

      options @3 :HttpOptions;
      # HTTP options.

      tlsOptions @4 :TlsOptions;
      # TLS; a keypair is required.
    }

    tcp :group {
      # Raw TCP, to the connect() handler.

      tlsOptions @6 :TlsOptions;
      # TLS for accepted connections, optional.

      tlsMode @9 :TcpTlsMode = implicit;
      # implicit: handshake at once; startTls: the handler upgrades with startTls(). Ignored without
      # tlsOptions.
    }

    udp :group {
      # UDP datagrams, one connect() call a flow (peer address).

      idleTimeoutMs @7 :UInt32 = 30000;
      # A flow ends after this long without a datagram.

      maxPendingBytes @8 :UInt32 = 262144;
      # Bytes queued for one flow; more are dropped.
    }
  }

  service @5 :ServiceDesignator;
  # Who answers. Required.

  enum TcpTlsMode {
    # When the TLS handshake of a raw TCP socket happens.
    implicit @0;
    startTls @1;
  }
}

struct Service {
  # A named service. Names are private to the config.

  name @0 :Text;
  # Service name. Duplicates are an error; an empty name is accepted.

  union {
    unspecified @1 :Void;
    # What a service is that says nothing else: an error.

    worker @2 :Worker;
    # A worker.

    network @3 :Network;
    # Access to a network by host name.

    external @4 :ExternalServer;
    # One fixed server.

    disk @5 :DiskDirectory;
    # A directory over HTTP.

    bucket @6 :ClusterBucket;
    # A directory of the cluster's bucket over HTTP. Experimental; without Config.cluster an error.

    assets @7 :AssetsService;
    # Static assets with Cloudflare's routing rules. Experimental.
  }
}

struct ClusterBucket {
  # A directory of the cluster's bucket, offered over HTTP.

  path @0 :Text;
  # Directory below services/ of the bucket: names joined by /, none . or ..
}

struct AssetsService {
  # Static assets with routing rules.

  path @0 :Text;
  # Directory, relative to the current directory. It must exist.

  config @1 :Text;
  # JSON: html_handling (auto-trailing-slash, force-trailing-slash, drop-trailing-slash, none),
  # not_found_handling, base_path, run_worker_first, headers, redirects, ignore, debug. Bad JSON or a bad
  # value is an error; an unknown key is ignored.

  userWorker @2 :ServiceDesignator;
  # The worker behind the assets.

  compatibilityDate @3 :Text;
  # Date that selects assets behaviour when there is no user worker; missing is an error then.

  compatibilityFlags @4 :List(Text);
  # Flags likewise.
}

struct ServiceDesignator {
  # A reference to a service. A bare string stands for a reference with just that name.

  name @0 :Text;
  # Service name. In text a bare string stands for the whole struct.

  entrypoint @1 :Text;
  # Named export of the worker; on a service that is no worker an error, unknown an error.

  props :union {
    # What the target sees as ctx.props.

    empty @2 :Void;
    # {}

    json @3 :Text;
    # JSON text. On a service that is no worker an error at a socket. Bad JSON is accepted at startup.
  }
}

struct WorkflowsEngine {
  # Workflows of a Worker.

  actorClass @0 :ServiceDesignator;
  # Durable Object class that runs the workflows.

  workflows @1 :List(Workflow);
  # The workflows that get a binding.

  struct Workflow {
    # One workflow.

    className @0 :Text;
    # Class that extends WorkflowEntrypoint.

    name @1 :Text;
    # Workflow name.

    bindingService @2 :ServiceDesignator;
    # Service behind the binding.
  }
}

struct Worker {
  # A Worker: code, bindings, and where its requests and Durable Objects go.

  union {
    modules @0 :List(Module);
    # Modules; the first is the main one and must be an ES module (or Python). An empty list is an error.

    serviceWorkerScript @1 :Text;
    # One classic script with addEventListener(). No handler registered is an error.

    inherit @2 :Text;
    # Meant to clone another worker. Not implemented.
  }

  compatibilityDate @3 :Text;
  # Required (unless test --compat-date gives it).

  compatibilityFlags @4 :List(Text);
  # See compat-flags.json.

  bindings @5 :List(Binding);
  # Bindings. A duplicate name is accepted (the last wins), an empty name too.

  globalOutbound @6 :ServiceDesignator = "internet";
  # Where global fetch() goes.

  durableObjectNamespaces @7 :List(DurableObjectNamespace);
  # Durable Object classes that this worker stores. Needs durableObjectStorage unless all are ephemeralLocal.

  durableObjectUniqueKeyModifier @8 :Text;
  # Not implemented: any value is the error "durableObjectUniqueKeyModifier is not implemented yet".

  durableObjectStorage :union {
    # Where the objects are stored.

    none @9 :Void;
    # No storage.

    inMemory @10 :Void;
    # In memory; no SQL and no point-in-time recovery, even with enableSql.

    localDisk @12 :Text;
    # Name of a writable disk service; one SQLite file an object. The only storage with SQL.
  }

  cacheApiOutbound @11 :ServiceDesignator;
  # Where the Cache API goes; unset, its methods reject with "No Cache was configured".

  moduleFallback @13 :Text;
  # Address of a module fallback service. Experimental.

  tails @14 :List(ServiceDesignator);
  # Tail workers.

  streamingTails @15 :List(ServiceDesignator);
  # Streaming tail workers. Accepted without --experimental.

  containerEngine :union {
    # Container engine.

    none @16 :Void;
    # None.

    localDocker @17 :DockerConfiguration;
    # A local Docker daemon. Accepted without --experimental; not contacted at startup.
  }

  accessBlobHeader @18 :Text;
  # Request header with Access data as JSON, for ctx.access. Experimental.

  accessBindingService @19 :ServiceDesignator;
  # Service whose getIdentity() answers ctx.access.getIdentity().

  workflowsEngine @20 :WorkflowsEngine;
  # Workflows engine.

  struct Binding {
    # A property of `env`, or a global of a classic script.

    name @0 :Text;
    # Property of env (or global in a classic script).

    union {
      unspecified @1 :Void;
      # Union default. Error.

      parameter :group {
        # Meant to be filled by a derived worker. Not implemented.

        type @2 :Type;
        # Expected type.

        optional @3 :Bool;
        # May be left out.
      }

      text @4 :Text;
      # String.

      data @5 :Data;
      # ArrayBuffer.

      json @6 :Text;
      # Parsed JSON; bad JSON is a startup error.

      wasmModule @7 :Data;
      # WebAssembly.Module; only in classic scripts, else an error.

      cryptoKey @8 :CryptoKey;
      # CryptoKey.

      service @9 :ServiceDesignator;
      # Fetcher for a service.

      durableObjectNamespace @10 :DurableObjectNamespaceDesignator;
      # Durable Object namespace. In text a bare string is the class name.

      kvNamespace @11 :ServiceDesignator;
      # KV namespace; operations become HTTP requests to the service.

      r2Bucket @12 :ServiceDesignator;
      # R2 bucket, likewise.

      obsolete0 @13 :ServiceDesignator;
      # Obsolete; error.

      wrapped @14 :WrappedBinding;
      # API object made by a built-in module from inner bindings.

      queue @15 :ServiceDesignator;
      # Queue producer, over HTTP.

      fromEnvironment @16 :Text;
      # Value of an environment variable, null if unset.

      analyticsEngine @17 :ServiceDesignator;
      # Analytics Engine dataset. Experimental.

      hyperdrive :group {
        # Hyperdrive connection.

        designator @18 :ServiceDesignator;
        # Service with a connect() to the database.

        database @19 :Text;
        # Database name.

        user @20 :Text;
        # User.

        password @21 :Text;
        # Password.

        scheme @22 :Text;
        # URL scheme of the connection string.
      }

      unsafeEval @23 :Void;
      # UnsafeEval object. Experimental.

      memoryCache :group {
        # In-memory cache. Experimental.

        id @24 :Text;
        # Caches with one id are shared in the process.

        limits @25 :MemoryCacheLimits;
        # Limits.
      }

      durableObjectClass @26 :ServiceDesignator;
      # Durable Object class, for facets. Experimental.

      workerLoader :group {
        # Loads workers from code at run time. Experimental.

        id @27 :Text;
        # Loaders with one id share their workers; without, the binding has its own.
      }

      workerdDebugPort @28 :Void;
      # Client for another instance's --debug-port. Experimental.
    }

    struct CryptoKey {
      # A key that is imported at start-up.

      union {
        raw @0 :Data;
        # Key bytes.

        hex @1 :Text;
        # Key bytes in hex; bad hex: error.

        base64 @2 :Text;
        # Key bytes in base64; bad: error.

        pkcs8 @3 :Text;
        # PEM private key.

        spki @4 :Text;
        # PEM public key.

        jwk @5 :Text;
        # JSON Web Key.
      }

      algorithm :union {
        # importKey() algorithm.

        name @6 :Text;
        # As a name.

        json @7 :Text;
        # As JSON.
      }

      extractable @8 :Bool = false;
      # May be exported.

      usages @9 :List(Usage);
      # Key usages; none for a secret key is an error.

      enum Usage {
        # What a key may be used for.
        encrypt @0;
        decrypt @1;
        sign @2;
        verify @3;
        deriveKey @4;
        deriveBits @5;
        wrapKey @6;
        unwrapKey @7;
      }
    }

    struct DurableObjectNamespaceDesignator {
      # A Durable Object class. A bare string stands for a class of the same Worker.

      className @0 :Text;
      # Class name; unknown in the target is an error.

      serviceName @1 :Text;
      # Worker that defines it; default this one. Unknown: error.

      obsolete2 @2 :AnyPointer;
      # Unused.
    }

    struct MemoryCacheLimits {
      # Bounds of an in-memory cache.

      maxKeys @0 :UInt32;
      # Most entries.

      maxValueSize @1 :UInt32;
      # Largest value.

      maxTotalValueSize @2 :UInt64;
      # Largest sum.
    }

    struct Type {
      # The type of a parameter.

      union {
        unspecified @0 :Void;

        text @1 :Void;

        data @2 :Void;

        json @3 :Void;

        wasm @4 :Void;

        cryptoKey @5 :List(CryptoKey.Usage);

        service @6 :Void;

        durableObjectNamespace @7 :Void;

        kvNamespace @8 :Void;

        r2Bucket @9 :Void;

        obsolete0 @10 :Void;

        queue @11 :Void;

        analyticsEngine @12 :Void;

        hyperdrive @13 :Void;

        durableObjectClass @14 :Void;

        workerdDebugPort @15 :Void;
      }
    }

    struct WrappedBinding {
      # An API object that a built-in module makes from inner bindings.

      moduleName @0 :Text;
      # Internal module (built in, or an internal extension module); a user module does not resolve.

      entrypoint @1 :Text = "default";
      # Export to call with the inner env; it must be a function.

      innerBindings @2 :List(Binding);
      # Bindings handed to it.
    }
  }

  struct DockerConfiguration {
    # A local Docker daemon.

    socketPath @0 :Text;
    # Docker socket.

    containerEgressInterceptorImage @1 :Text;
    # Sidecar image for outbound traffic.

    sessionId @2 :Text;
    # Scopes container names and labels to a session.
  }

  struct DurableObjectNamespace {
    # A Durable Object class that the Worker stores.

    className @0 :Text;
    # Exported class. Missing in the worker: a warning, and calls fail. Two entries of one class are accepted.

    union {
      uniqueKey @1 :Text;
      # Key that ids derive from, and directory name on disk. Empty and duplicate keys are accepted.

      ephemeralLocal @2 :Void;
      # No storage, ids are any strings. Experimental.
    }

    preventEviction @3 :Bool;
    # Never evict idle objects (default: evicted after 10 s idle).

    enableSql @4 :Bool;
    # storage.sql and storage.kv may be used.

    container @5 :ContainerOptions;
    # Attached containers.

    struct ContainerOptions {
      # Containers attached to the objects of a class.

      imageName @0 :Text;
      # Default image.

      privileges @1 :ContainerPrivileges;
      # Docker HostConfig extras.

      images @2 :List(NamedImage);
      # Named images.

      struct ContainerPrivileges {
        # Additions to a container's host configuration.

        capabilities @0 :List(Text);
        # CapAdd.

        devices @1 :List(Device);
        # Devices.

        securityOpt @2 :List(Text);
        # SecurityOpt.

        struct Device {
          # A host device that the container sees.

          pathOnHost @0 :Text;
          # Host path.

          pathInContainer @1 :Text;
          # Container path.

          cgroupPermissions @2 :Text;
          # Permissions.
        }
      }

      struct NamedImage {
        # An image under a name.

        name @0 :Text;
        # Name.

        image @1 :Text;
        # Image reference.
      }
    }
  }

  struct Module {
    # A module of the Worker's bundle.

    name @0 :Text;
    # Module name or path. Empty: an error with the new module registry; duplicate: "Module ... already added
    # to bundle".

    union {
      esModule @1 :Text;
      # ES module source.

      commonJsModule @2 :Text;
      # CommonJS source. Cannot be the main module.

      text @3 :Text;
      # Imports as a string (default export).

      data @4 :Data;
      # Imports as an ArrayBuffer.

      wasm @5 :Data;
      # Imports as a WebAssembly.Module. Bad bytes fail when imported.

      json @6 :Text;
      # Imports as the parsed value. Bad JSON fails when imported.

      obsolete @7 :Text;
      # Was nodeJsCompatModule. No longer usable.

      pythonModule @8 :Text;
      # Python source; needs the python_workers flag.

      obsoletePythonRequirement @9 :Text;
      # Was pythonRequirement.

      bundled @11 :Text;
      # Source built into the binary: /workerd/kv.js, cron.js, queues.js, workflows.js, d1.js. Experimental;
      # unknown name: error.
    }

    namedExports @10 :List(Text);
    # Names that a CommonJS module exports besides default. Accepted and ignored on other kinds.
  }
}

struct ExternalServer {
  # One fixed server, whatever the URL of the request.

  address @0 :Text;
  # Address; missing is an error unless overridden. Parsed lazily: a bad host passes startup.

  union {
    http @1 :HttpOptions;
    # HTTP.

    https :group {
      # HTTPS.

      options @2 :HttpOptions;
      # HTTP options.

      tlsOptions @3 :TlsOptions;
      # TLS; bad PEM is a startup error.

      certificateHost @4 :Text;
      # Host the certificate must name; default address.
    }

    tcp :group {
      # Raw TCP, connect() only.

      tlsOptions @5 :TlsOptions;
      # TLS, optional.

      certificateHost @6 :Text;
      # As for https.
    }
  }
}

struct Network {
  # Access to a network by host name.

  allow @0 :List(Text) = ["public"];
  # CIDR blocks or public, private, local, network, unix, unix-abstract. Bad entry: "invalid CIDR".

  deny @1 :List(Text);
  # Blocks refused though allowed.

  tlsOptions @2 :TlsOptions;
  # TLS for https; an unknown cipherList or ssl3 is accepted.
}

struct DiskDirectory {
  # A directory over HTTP. A bare string stands for its path.

  path @0 :Text;
  # Directory, relative to the current directory; missing is an error unless overridden, as is a directory
  # that does not exist, writable or not.

  writable @1 :Bool = false;
  # Allow PUT and DELETE.

  allowDotfiles @2 :Bool = false;
  # Show and serve names that start with a dot (never . and ..).
}

struct HttpOptions {
  # How HTTP is spoken, by a server or a client.

  style @0 :Style = host;
  # host: path in the request line; proxy: full URL in it.

  forwardedProtoHeader @1 :Text;
  # Header with the client's scheme, removed from what the worker sees; its value is used unchecked (ftp gives
  # ftp://). Ignored with style proxy.

  cfBlobHeader @2 :Text;
  # Header with request.cf as JSON, removed from what the worker sees. Set but absent: cf is undefined. Unset:
  # cf is an object whose one property is clientIp ("ADDRESS:PORT", enumerable, read-only). Bad JSON throws
  # when request.cf is read.

  injectRequestHeaders @3 :List(Header);
  # Headers set on every request, replacing any.

  injectResponseHeaders @4 :List(Header);
  # Headers set on every response.

  capnpConnectHost @5 :Text;
  # host:port of CONNECT requests that become a Cap'n Proto RPC connection (event delivery, JS RPC).

  struct Header {
    # A header to set or to remove.

    name @0 :Text;
    # Name, any case.

    value @1 :Text;
    # Value; null removes the header.
  }

  enum Style {
    # What stands in the request line.
    host @0;
    proxy @1;
  }
}

struct TlsOptions {
  # Keys, trust and limits of TLS, for servers and clients.

  keypair @0 :Keypair;
  # Default key and certificate.

  requireClientCerts @1 :Bool = false;
  # As a server, demand a client certificate.

  trustBrowserCas @2 :Bool = false;
  # Trust the usual CAs.

  trustedCertificates @3 :List(Text);
  # PEM certificates to trust.

  minVersion @4 :Version = goodDefault;
  # Lowest TLS version.

  cipherList @5 :Text;
  # OpenSSL cipher list.

  struct Keypair {
    # A private key and its certificates.

    privateKey @0 :Text;
    # PEM key.

    certificateChain @1 :Text;
    # PEM chain, leaf first.
  }

  enum Version {
    # TLS versions.
    goodDefault @0;
    ssl3 @1;
    tls1Dot0 @2;
    tls1Dot1 @3;
    tls1Dot2 @4;
    tls1Dot3 @5;
  }
}

struct Extension {
  # Modules offered to every Worker.

  modules @0 :List(Module);
  # Modules.

  struct Module {
    # One module of an extension.

    name @0 :Text;
    # Full module name, a URL of a scheme other than file. A bad one is only refused when a worker is loaded
    # with the new registry.

    internal @1 :Bool = false;
    # Importable by extension modules only ("Module not found" for user code).

    esModule @2 :Text;
    # ES module source.
  }
}

struct FallbackServiceRequest {
  # What a module fallback service is asked, as JSON.

  type @0 :Text;
  # import or require.

  specifier @1 :Text;
  # Resolved specifier.

  rawSpecifier @2 :Text;
  # Specifier as written.

  referrer @3 :Text;
  # Importing module.

  attributes @4 :List(Attribute);
  # Import attributes.

  struct Attribute {
    # An import attribute.

    name @0 :Text;
    # Name.

    value @1 :Text;
    # Value.
  }
}
