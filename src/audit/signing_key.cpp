#include "audit/signing_key.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>

#include "audit/durable_file.h"
#include "audit/verify/note.h"
#include "base/bytes.h"
#include "base/private_file.h"
#include "base/secret.h"

namespace sideband {
namespace {

constexpr char kEd25519Type = 0x01;

using Bio = std::unique_ptr<BIO, int (*)(BIO*)>;

Result<evp_pkey_st*> parse_pem(const Secret& pem, const std::string& path) {
  const Bio bio(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())),
                &BIO_free);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr);
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
    EVP_PKEY_free(key);
    return Error::corrupt(path + " is not an Ed25519 private key in PEM form");
  }
  return key;
}

Result<evp_pkey_st*> make_key(const std::string& path) {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (key == nullptr) return Error::internal("OpenSSL cannot make an Ed25519 key");
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  const Secret pem(std::string(bytes, static_cast<std::size_t>(size)));
  if (const auto written = write_durably(path, pem.reveal()); !written.ok()) {
    EVP_PKEY_free(key);
    return written.error();
  }
  return key;
}

}  // namespace

SigningKey::SigningKey(std::string name, evp_pkey_st* key)
    : name_(std::move(name)), key_(key, &EVP_PKEY_free) {}

Result<SigningKey> SigningKey::load_or_make(const std::string& path, const std::string& name) {
  if (name.empty() || name.find_first_of("+ \t\r\n") != std::string::npos) {
    return Error::invalid("a log's origin must not be empty or contain '+' or white space: " +
                          name);
  }
  auto stored = read_private_file(AT_FDCWD, path, {});
  if (!stored.ok() && stored.error().code != ErrorCode::kNotFound) return stored.error();
  SB_ASSIGN(evp_pkey_st* const key,
            stored.ok() ? parse_pem(Secret(std::move(*stored)), path) : make_key(path));
  return SigningKey(name, key);
}

std::string SigningKey::public_bytes() const {
  std::array<unsigned char, 32> bytes{};
  std::size_t size = bytes.size();
  EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &size);
  return {bytes.begin(), bytes.end()};
}

std::string SigningKey::verifier_key() const {
  const std::string pub = public_bytes();
  return name_ + "+" + to_hex(note_key_id(name_, pub)) + "+" + to_base64(kEd25519Type + pub);
}

Result<std::string> SigningKey::sign_note(const std::string& text) const {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   &EVP_MD_CTX_free);
  std::array<unsigned char, 64> signature{};
  std::size_t size = signature.size();
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size()) != 1) {
    return Error::internal("OpenSSL cannot sign a checkpoint");
  }
  const std::string line =
      note_key_id(name_, public_bytes()) + std::string(signature.begin(), signature.end());
  return text + "\n\xe2\x80\x94 " + name_ + " " + to_base64(line) + "\n";
}

}  // namespace sideband
