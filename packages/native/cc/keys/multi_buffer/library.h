#ifndef LATCHKEY_KEYS_MULTI_BUFFER_LIBRARY_H_
#define LATCHKEY_KEYS_MULTI_BUFFER_LIBRARY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace latchkey::keys::multi_buffer {

inline constexpr size_t kLanes = 8;

struct RsaMethod;
template <typename T>
using Lanes = T* const*;

// crypto_mb of Intel's Cryptography Primitives (Apache-2.0; Debian's libcrypto-mb): the same operation for several keys
// and inputs at once, one in each lane of a vector register. The functions are those of its headers rsa.h,
// ec_nistp*.h and ed25519.h, and only those that do not know OpenSSL (the others, named *_ssl_*, would meet another
// OpenSSL than Node's).
//
// Its private-key functions run in constant time, which its authors check with a tool on every release. They do not
// blind: what a key does is hidden by doing the same for every key and input, not by randomising the input. Nor do they
// verify: an RSA result that a fault has damaged would give the key away, so the caller has to.
struct Library {
  // Four bits per lane, 0 where it succeeded.
  using Status = uint32_t;
  using EcdsaSign = Status (*)(Lanes<uint8_t> r, Lanes<uint8_t> s, Lanes<const uint8_t> digests,
                               Lanes<const uint64_t> nonces, Lanes<const uint64_t> keys, uint8_t* unused);

  static bool Succeeded(Status status, size_t lane) { return ((status >> (4 * lane)) & 0xf) == 0; }

  std::string path;
  std::string version;
  int (*is_applicable)(uint64_t cpu_features);
  const RsaMethod* (*rsa_private_method)(int bits);
  int (*rsa_scratch_size)(const RsaMethod* method);
  Status (*rsa_private)(Lanes<const uint8_t> inputs, Lanes<uint8_t> outputs, Lanes<const uint64_t> p,
                        Lanes<const uint64_t> q, Lanes<const uint64_t> d_p, Lanes<const uint64_t> d_q,
                        Lanes<const uint64_t> q_inverse, int bits, const RsaMethod* method, uint8_t* scratch);
  // With the public exponent 65537.
  Status (*rsa_public)(Lanes<const uint8_t> inputs, Lanes<uint8_t> outputs, Lanes<const uint64_t> n, int bits,
                       const RsaMethod* method, uint8_t* scratch);
  EcdsaSign ecdsa_sign_p256;
  EcdsaSign ecdsa_sign_p384;
  EcdsaSign ecdsa_sign_p521;
  Status (*ed25519_sign)(Lanes<uint8_t> r, Lanes<uint8_t> s, Lanes<const uint8_t> messages,
                         const uint32_t* message_lengths, Lanes<const uint8_t> keys, Lanes<const uint8_t> public_keys);
};

// Either a library or why there is none: `loaded` tells a file that is not the library from one that cannot be loaded.
struct OpenedLibrary {
  std::unique_ptr<const Library> library;
  bool loaded = false;
  std::string reason;
};

// Loads the library from a file, or, without a path, looks for it where the system keeps its libraries. It stays
// loaded.
OpenedLibrary OpenLibrary(const char* path);

// Whether the CPU and the operating system have the instructions that the library is made of. Asked before it is
// loaded, because its own check might already use them.
bool CpuHasInstructions();

}  // namespace latchkey::keys::multi_buffer

#endif  // LATCHKEY_KEYS_MULTI_BUFFER_LIBRARY_H_
