#include "tls/premaster.h"

#include <openssl/rand.h>

#include <algorithm>

#include "support/premaster_padding.h"
#include "tls/library_context.h"

namespace latchkey::tls {

bool TakePremaster(ByteView answer, size_t modulus_length, unsigned client_version,
                   unsigned char (&premaster)[kPremasterLength]) {
  if (answer.size == kPremasterLength) {
    std::copy(answer.data, answer.data + answer.size, premaster);
    return true;
  }
  if (answer.size != modulus_length || modulus_length < kPremasterPaddingLength + kPremasterLength) return false;
  // Chosen before anything is known of the block.
  if (RAND_priv_bytes_ex(GetLibraryContext()->context, premaster, kPremasterLength, 0) != 1) return false;
  UnpadPremaster(answer, client_version, premaster);
  return true;
}

}  // namespace latchkey::tls
