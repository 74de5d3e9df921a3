// The Ed25519 key by which this instance signs its checkpoints.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

namespace sideband {

// Thread-safe once made. Private bytes stay inside OpenSSL and the file.
class SigningKey {
 public:
  // Reads the key (PKCS #8 PEM) or makes one, with mode 0600, when there is no file. `name` is the
  // key's name and the log's origin: no white space and no '+'. kPermission when others may read or
  // write the file; kCorrupt when it is not an Ed25519 key.
  static Result<SigningKey> load_or_make(const std::string& path, const std::string& name);

  [[nodiscard]] const std::string& name() const { return name_; }
  // "name+hash+base64": what verifiers are given.
  [[nodiscard]] std::string verifier_key() const;
  // `text` (ends with a newline) as a signed note with our one signature.
  [[nodiscard]] Result<std::string> sign_note(const std::string& text) const;

 private:
  SigningKey(std::string name, evp_pkey_st* key);
  [[nodiscard]] std::string public_bytes() const;

  std::string name_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace sideband
