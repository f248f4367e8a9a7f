#include "keys/curves/engines.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "keys/curves/multiples.h"
#include "keys/curves/number.h"
#include "keys/curves/sha512_input.h"
#include "keys/curves/signing.h"
#include "support/never_destroyed.h"

// Everything up to the end is compiled for AVX512-IFMA, wherever it comes from. What stands above is not: the linker is
// free to use one translation unit's copy of an inline function for all, also where the CPU cannot run it. Below are
// only templates that LaneUnit is an argument of, so that nobody else has copies of them.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma")
#endif

#include "keys/curves/ecdsa.h"
#include "keys/curves/ed25519.h"
#include "keys/curves/lane_unit.h"

namespace latchkey::keys::curves {

namespace {

template <typename Curve>
void SignEightByEight(EcdsaSigning* signings, size_t count, void* room) {
  static NeverDestroyed<Table<Curve, LaneUnit>> table;
  Ecdsa<Curve, LaneUnit>::Sign(*table, signings, count, room);
}

void SignEd25519EightByEight(Ed25519Signing* signings, size_t count, void* room) {
  static NeverDestroyed<Table<Edwards25519, LaneUnit>> table;
  Ed25519<LaneUnit>::Sign(*table, signings, count, room);
}

template <typename Curve>
constexpr EcdsaEngine kEngine = {Ecdsa<Curve, LaneUnit>::Sizes(), SignEightByEight<Curve>};
template <>
constexpr Ed25519Engine kEngine<Edwards25519> = {Ed25519<LaneUnit>::Sizes(), Ed25519<LaneUnit>::HashNonces,
                                                 SignEd25519EightByEight};

}  // namespace

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

template <typename Curve>
const EngineOf<Curve>* LaneEngine() {
  const bool is_supported = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                            __builtin_cpu_supports("avx512ifma");
  return is_supported ? &kEngine<Curve> : nullptr;
}

}  // namespace latchkey::keys::curves

#else

namespace latchkey::keys::curves {

template <typename Curve>
const EngineOf<Curve>* LaneEngine() {
  return nullptr;
}

}  // namespace latchkey::keys::curves

#endif

namespace latchkey::keys::curves {

template const EcdsaEngine* LaneEngine<P256>();
template const EcdsaEngine* LaneEngine<P384>();
template const Ed25519Engine* LaneEngine<Edwards25519>();

}  // namespace latchkey::keys::curves
