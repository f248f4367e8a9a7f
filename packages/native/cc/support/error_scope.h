#ifndef LATCHKEY_SUPPORT_ERROR_SCOPE_H_
#define LATCHKEY_SUPPORT_ERROR_SCOPE_H_

#include <openssl/err.h>

namespace latchkey {

// Takes back what OpenSSL puts on this thread's error queue, which Node's own crypto reads too, while it lives.
class ErrorScope {
 public:
  ErrorScope() { ERR_set_mark(); }
  ~ErrorScope() { ERR_pop_to_mark(); }
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

}  // namespace latchkey

#endif  // LATCHKEY_SUPPORT_ERROR_SCOPE_H_
