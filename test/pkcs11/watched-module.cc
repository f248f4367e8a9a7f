// A PKCS#11 module that passes everything on to another one and can be watched and disturbed, so that tests see what
// becomes of a key server whose token misbehaves. The environment names the files:
//   WATCHED_MODULE  the module behind it
//   WATCHED_LOGINS  gets a line with the process id for every C_Login
//   WATCHED_HANG    while it exists, C_Sign does not return
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "pkcs11.h"

namespace {

CK_FUNCTION_LIST* behind = nullptr;
CK_FUNCTION_LIST watched;

CK_RV Login(CK_SESSION_HANDLE session, CK_USER_TYPE type, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
  std::FILE* logins = std::fopen(std::getenv("WATCHED_LOGINS"), "a");
  if (logins == nullptr) return CKR_GENERAL_ERROR;
  std::fprintf(logins, "%d\n", static_cast<int>(getpid()));
  std::fclose(logins);
  return behind->C_Login(session, type, pin, length);
}

CK_RV Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature, CK_ULONG_PTR room) {
  while (access(std::getenv("WATCHED_HANG"), F_OK) == 0) usleep(5000);
  return behind->C_Sign(session, data, length, signature, room);
}

}  // namespace

extern "C" CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  void* module = dlopen(std::getenv("WATCHED_MODULE"), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) return CKR_GENERAL_ERROR;
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(module, "C_GetFunctionList"));
  if (get == nullptr) return CKR_GENERAL_ERROR;
  const CK_RV result = get(&behind);
  if (result != CKR_OK) return result;
  watched = *behind;
  watched.C_Login = Login;
  watched.C_Sign = Sign;
  *list = &watched;
  return CKR_OK;
}
