// A crypto_mb library that passes everything on to the real one and can be made to compute wrongly, so that tests see
// that nothing wrong leaves. The environment names:
//   FAULTY_LIBRARY  the real library
//   FAULTY_WHEN     a file; while it exists, there are faults
//   FAULTY_WHAT     `half`: one half of each RSA result is wrong; `lane`: each call reports that its second lane
//                   failed; `ed25519`: one Ed25519 signature of each call is wrong
#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kLanes = 8;

template <typename Function>
Function Real(Function, const char* name) {
  static void* const library = dlopen(std::getenv("FAULTY_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
  return reinterpret_cast<Function>(dlsym(library, name));
}

bool IsFaulty(const char* what) {
  return std::strcmp(std::getenv("FAULTY_WHAT"), what) == 0 && access(std::getenv("FAULTY_WHEN"), F_OK) == 0;
}

uint32_t WithLaneFault(uint32_t status) { return IsFaulty("lane") ? status | 0x10 : status; }

}  // namespace

#define REAL(name) Real(&name, #name)

extern "C" {

const void* mbx_getversion() { return REAL(mbx_getversion)(); }
int mbx_is_crypto_mb_applicable(uint64_t features) { return REAL(mbx_is_crypto_mb_applicable)(features); }
const void* mbx_RSA_private_crt_Method(int bits) { return REAL(mbx_RSA_private_crt_Method)(bits); }
int mbx_RSA_Method_BufSize(const void* method) { return REAL(mbx_RSA_Method_BufSize)(method); }

uint32_t mbx_rsa_private_crt_mb8(const uint8_t* const* from, uint8_t* const* to, const uint64_t* const* p,
                                 const uint64_t* const* q, const uint64_t* const* d_p, const uint64_t* const* d_q,
                                 const uint64_t* const* q_inverse, int bits, const void* method, uint8_t* scratch) {
  std::array<std::array<uint64_t, 32>, kLanes> damaged;
  std::array<const uint64_t*, kLanes> d_q_used;
  for (int lane = 0; lane < kLanes; ++lane) {
    std::memcpy(damaged[lane].data(), d_q[lane], static_cast<size_t>(bits / 16));
    if (IsFaulty("half")) damaged[lane][3] ^= 0x10;
    d_q_used[lane] = damaged[lane].data();
  }
  const uint32_t status =
      REAL(mbx_rsa_private_crt_mb8)(from, to, p, q, d_p, d_q_used.data(), q_inverse, bits, method, scratch);
  return WithLaneFault(status);
}

uint32_t mbx_rsa_public_mb8(const uint8_t* const* from, uint8_t* const* to, const uint64_t* const* n, int bits,
                            const void* method, uint8_t* scratch) {
  return REAL(mbx_rsa_public_mb8)(from, to, n, bits, method, scratch);
}

uint32_t mbx_nistp256_ecdsa_sign_mb8(uint8_t* const* r, uint8_t* const* s, const uint8_t* const* digests,
                                     const uint64_t* const* nonces, const uint64_t* const* keys, uint8_t* unused) {
  return WithLaneFault(REAL(mbx_nistp256_ecdsa_sign_mb8)(r, s, digests, nonces, keys, unused));
}

uint32_t mbx_nistp384_ecdsa_sign_mb8(uint8_t* const* r, uint8_t* const* s, const uint8_t* const* digests,
                                     const uint64_t* const* nonces, const uint64_t* const* keys, uint8_t* unused) {
  return WithLaneFault(REAL(mbx_nistp384_ecdsa_sign_mb8)(r, s, digests, nonces, keys, unused));
}

uint32_t mbx_nistp521_ecdsa_sign_mb8(uint8_t* const* r, uint8_t* const* s, const uint8_t* const* digests,
                                     const uint64_t* const* nonces, const uint64_t* const* keys, uint8_t* unused) {
  return WithLaneFault(REAL(mbx_nistp521_ecdsa_sign_mb8)(r, s, digests, nonces, keys, unused));
}

uint32_t mbx_ed25519_sign_mb8(uint8_t* const* r, uint8_t* const* s, const uint8_t* const* messages,
                              const uint32_t* lengths, const uint8_t* const* keys,
                              const uint8_t* const* public_keys) {
  const uint32_t status = REAL(mbx_ed25519_sign_mb8)(r, s, messages, lengths, keys, public_keys);
  if (IsFaulty("ed25519")) s[0][0] ^= 1;
  return WithLaneFault(status);
}

}  // extern "C"
