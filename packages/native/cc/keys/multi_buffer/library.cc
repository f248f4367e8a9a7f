#include "keys/multi_buffer/library.h"

#include <dlfcn.h>
#include <link.h>

namespace latchkey::keys::multi_buffer {

namespace {

// The interface versions that have been seen to work, the newest first.
constexpr const char* kSonames[] = {"libcrypto_mb.so.13", "libcrypto_mb.so.12", "libcrypto_mb.so.11"};

// mbxVersion of version.h, as far as it is of interest.
struct Version {
  int major;
  int minor;
  int revision;
};

// Symbols are bound now, so that a library that lacks one fails here and not in a handshake. It comes with an OpenSSL
// of its own: DEEPBIND keeps that apart from Node's, and LOCAL keeps Node's from it. AddressSanitizer does not let
// anybody bind deeply; without, the few functions of OpenSSL that the library asks for, and that we never have it call,
// are Node's.
#if defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__)
constexpr int kFlags = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;
#else
constexpr int kFlags = RTLD_NOW | RTLD_LOCAL;
#endif

struct Closer {
  void operator()(void* handle) const { dlclose(handle); }
};
using Handle = std::unique_ptr<void, Closer>;

Handle Load(const char* path, std::string& reason) {
  Handle handle(dlopen(path, kFlags));
  if (!handle) {
    const char* error = dlerror();
    reason = error == nullptr ? "it cannot be loaded" : error;
  }
  return handle;
}

Handle LoadAny(const char* path, std::string& reason) {
  if (path != nullptr) return Load(path, reason);
  for (const char* soname : kSonames) {
    if (Handle handle = Load(soname, reason)) return handle;
  }
  reason = "the system has no libcrypto_mb.so.11 to .13";
  return nullptr;
}

template <typename Function>
bool Find(const Handle& handle, const char* name, Function& function, std::string& reason) {
  function = reinterpret_cast<Function>(dlsym(handle.get(), name));
  if (function == nullptr) reason = std::string("it has no ") + name;
  return function != nullptr;
}

bool FindAll(const Handle& handle, Library& library, const Version* (*&version)(), std::string& reason) {
  return Find(handle, "mbx_getversion", version, reason) &&
         Find(handle, "mbx_is_crypto_mb_applicable", library.is_applicable, reason) &&
         Find(handle, "mbx_RSA_private_crt_Method", library.rsa_private_method, reason) &&
         Find(handle, "mbx_RSA_Method_BufSize", library.rsa_scratch_size, reason) &&
         Find(handle, "mbx_rsa_private_crt_mb8", library.rsa_private, reason) &&
         Find(handle, "mbx_rsa_public_mb8", library.rsa_public, reason) &&
         Find(handle, "mbx_nistp256_ecdsa_sign_mb8", library.ecdsa_sign_p256, reason) &&
         Find(handle, "mbx_nistp384_ecdsa_sign_mb8", library.ecdsa_sign_p384, reason) &&
         Find(handle, "mbx_nistp521_ecdsa_sign_mb8", library.ecdsa_sign_p521, reason) &&
         Find(handle, "mbx_ed25519_sign_mb8", library.ed25519_sign, reason);
}

std::string PathOf(const Handle& handle) {
  const link_map* map = nullptr;
  return dlinfo(handle.get(), RTLD_DI_LINKMAP, &map) == 0 && map != nullptr ? map->l_name : "";
}

}  // namespace

OpenedLibrary OpenLibrary(const char* path) {
  OpenedLibrary opened;
  Handle handle = LoadAny(path, opened.reason);
  if (!handle) return opened;
  opened.loaded = true;

  auto library = std::make_unique<Library>();
  const Version* (*get_version)() = nullptr;
  if (!FindAll(handle, *library, get_version, opened.reason)) return opened;
  const Version version = *get_version();
  library->version = std::to_string(version.major) + '.' + std::to_string(version.minor) + '.' +
                     std::to_string(version.revision);
  library->path = PathOf(handle);
  // Never unloaded: other threads may be in it until the process ends.
  static_cast<void>(handle.release());
  opened.library = std::move(library);
  return opened;
}

bool CpuHasInstructions() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512ifma") &&
         __builtin_cpu_supports("avx512vbmi2");
#else
  return false;
#endif
}

}  // namespace latchkey::keys::multi_buffer
