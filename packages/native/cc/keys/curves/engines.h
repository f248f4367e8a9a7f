#ifndef LATCHKEY_KEYS_CURVES_ENGINES_H_
#define LATCHKEY_KEYS_CURVES_ENGINES_H_

#include "keys/curves/curve.h"
#include "keys/curves/signing.h"

namespace latchkey::keys::curves {

// One signature at a time, with the multiplication that every 64-bit processor has.
template <typename Curve>
const EngineOf<Curve>& WordEngine();

// Eight at a time, with AVX512-IFMA. Null where the CPU does not have it, or the operating system does not save its
// registers.
template <typename Curve>
const EngineOf<Curve>* LaneEngine();

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_ENGINES_H_
