#ifndef LATCHKEY_KEYS_CURVES_CURVE_H_
#define LATCHKEY_KEYS_CURVES_CURVE_H_

#include "keys/curves/number.h"

namespace latchkey::keys::curves {

// NIST SP 800-186, section 3.2.1.3: y^2 = x^3 - 3x + b over the prime p, a base point of prime order n. The constant b
// appears in no formula used here.
struct P256 {
  static constexpr size_t kBits = 256;
  static constexpr size_t kWords = 4;
  static constexpr Number<kWords> kP = {0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000,
                                        0xffffffff00000001};
  static constexpr Number<kWords> kN = {0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff,
                                        0xffffffff00000000};
  static constexpr Number<kWords> kBaseX = {0xf4a13945d898c296, 0x77037d812deb33a0, 0xf8bce6e563a440f2,
                                            0x6b17d1f2e12c4247};
  static constexpr Number<kWords> kBaseY = {0xcbb6406837bf51f5, 0x2bce33576b315ece, 0x8ee7eb4a7c0f9e16,
                                            0x4fe342e2fe1a7f9b};
};

// NIST SP 800-186, section 3.2.1.4.
struct P384 {
  static constexpr size_t kBits = 384;
  static constexpr size_t kWords = 6;
  static constexpr Number<kWords> kP = {0x00000000ffffffff, 0xffffffff00000000, 0xfffffffffffffffe,
                                        0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff};
  static constexpr Number<kWords> kN = {0xecec196accc52973, 0x581a0db248b0a77a, 0xc7634d81f4372ddf,
                                        0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff};
  static constexpr Number<kWords> kBaseX = {0x3a545e3872760ab7, 0x5502f25dbf55296c, 0x59f741e082542a38,
                                            0x6e1d3b628ba79b98, 0x8eb1c71ef320ad74, 0xaa87ca22be8b0537};
  static constexpr Number<kWords> kBaseY = {0x7a431d7c90ea0e5f, 0x0a60b1ce1d7e819d, 0xe9da3113b5f0b8c0,
                                            0xf8f41dbd289a147c, 0x5d9e98bf9292dc29, 0x3617de4a96262c6f};
};

// RFC 8032, section 5.1: -x^2 + y^2 = 1 + d * x^2 * y^2 over p = 2^255 - 19, a base point of prime order n, there called
// L.
struct Edwards25519 {
  // Of n; p has two more.
  static constexpr size_t kBits = 253;
  static constexpr size_t kWords = 4;
  static constexpr Number<kWords> kP = {0xffffffffffffffed, 0xffffffffffffffff, 0xffffffffffffffff,
                                        0x7fffffffffffffff};
  static constexpr Number<kWords> kN = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0x0000000000000000,
                                        0x1000000000000000};
  static constexpr Number<kWords> kD = {0x75eb4dca135978a3, 0x00700a4d4141d8ab, 0x8cc740797779e898,
                                        0x52036cee2b6ffe73};
  static constexpr Number<kWords> kBaseX = {0xc9562d608f25d51a, 0x692cc7609525a7b2, 0xc0a4e231fdd6dc5c,
                                            0x216936d3cd6e53fe};
  static constexpr Number<kWords> kBaseY = {0x6666666666666658, 0x6666666666666666, 0x6666666666666666,
                                            0x6666666666666666};
};

// The two moduli of a curve: coordinates are numbers modulo p, nonces and signatures numbers modulo n.
template <typename Curve>
struct FieldOf {
  static constexpr size_t kBits = Curve::kBits;
  static constexpr size_t kWords = Curve::kWords;
  static constexpr Number<kWords> kModulus = Curve::kP;
};

template <>
struct FieldOf<Edwards25519> {
  static constexpr size_t kBits = 255;
  static constexpr size_t kWords = Edwards25519::kWords;
  static constexpr Number<kWords> kModulus = Edwards25519::kP;
};

template <typename Curve>
struct OrderOf {
  static constexpr size_t kBits = Curve::kBits;
  static constexpr size_t kWords = Curve::kWords;
  static constexpr Number<kWords> kModulus = Curve::kN;
};

}  // namespace latchkey::keys::curves

#endif  // LATCHKEY_KEYS_CURVES_CURVE_H_
