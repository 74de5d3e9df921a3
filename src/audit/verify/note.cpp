#include "audit/verify/note.h"

#include <openssl/evp.h>

#include <charconv>
#include <memory>

#include "base/bytes.h"
#include "base/utf8.h"

namespace sideband {
namespace {

constexpr std::size_t kTimeBytes = 8;  // of a cosignature, before its signature
constexpr std::string_view kDash = "\xe2\x80\x94 ";

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Up to the next newline, which is taken off too; nothing when there is none.
Result<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return Error::corrupt("signed note: a line is missing");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || std::to_string(size) != text) {
    return Error::corrupt("checkpoint: the size is not a plain number");
  }
  return size;
}

bool is_key_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" +") == std::string_view::npos;
}

// Text that people see as what it is: UTF-8, and nothing below a space but the ends of lines.
Result<void> check_characters(std::string_view note) {
  while (!note.empty()) {
    const std::size_t length = utf8_length(note);
    const bool control = static_cast<unsigned char>(note.front()) < 0x20 && note.front() != '\n';
    if (length == 0 || control) {
      return Error::corrupt("signed note: a byte that no such text has");
    }
    note.remove_prefix(length);
  }
  return {};
}

struct SignatureLine {
  std::string_view name;
  std::string signature;  // behind the id of its key
  std::string id;
};

Result<SignatureLine> parse_signature(std::string_view line) {
  const Error bad = Error::corrupt("signed note: malformed signature line");
  if (!line.starts_with(kDash)) return bad;
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return bad;
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes.ok() || bytes->size() < 5) return bad;
  return SignatureLine{line.substr(0, space), bytes->substr(4), bytes->substr(0, 4)};
}

bool is_signature(const VerifierKey& key, std::string_view text, std::string_view signature) {
  if (key.type == NoteKeyType::kEd25519) return verify_ed25519(key.pub, text, signature);
  if (signature.size() <= kTimeBytes) return false;
  std::uint64_t seconds = 0;
  for (const char byte : signature.substr(0, kTimeBytes)) {
    seconds = seconds << 8U | static_cast<unsigned char>(byte);
  }
  const std::string seen =
      "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string(text);
  return verify_ed25519(key.pub, seen, signature.substr(kTimeBytes));
}

// Whether one of the signature lines is by `key`, and each such is valid. Those of others are
// passed over; a line that is no signature is an error wherever it stands.
Result<bool> signed_by(const VerifierKey& key, std::string_view text, std::string_view lines) {
  bool found = false;
  while (!lines.empty()) {
    SB_ASSIGN(const std::string_view line, take_line(lines));
    SB_ASSIGN(const SignatureLine one, parse_signature(line));
    if (one.name != key.name || one.id != key.id) continue;
    if (!is_signature(key, text, one.signature)) return false;
    found = true;
  }
  return found;
}

}  // namespace

std::string note_key_id(std::string_view name, std::string_view pub, NoteKeyType type) {
  const char byte = static_cast<char>(type);
  const Digest hash = sha256({name, "\n", std::string_view(&byte, 1), pub});
  return std::string(as_bytes(hash).substr(0, 4));
}

Result<VerifierKey> parse_verifier_key(std::string_view text) {
  if (text.starts_with("PRIVATE+KEY+")) {
    return Error::invalid("that is a private key: keep it from everybody, and give the public one");
  }
  // What somebody takes for a key is not said again: it may be a secret.
  const Error bad = Error::invalid("not a verifier key: name+hash+base64, Ed25519");
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return bad;
  VerifierKey key;
  key.name = text.substr(0, first);
  const auto id = from_hex(text.substr(first + 1, second - first - 1));
  const auto typed = from_base64(text.substr(second + 1));
  if (!id.ok() || !typed.ok() || typed->size() != 33) return bad;
  key.type = static_cast<NoteKeyType>(typed->front());
  if (key.type != NoteKeyType::kEd25519 && key.type != NoteKeyType::kCosignature) return bad;
  key.pub = typed->substr(1);
  key.id = note_key_id(key.name, key.pub, key.type);
  if (!is_key_name(key.name) || key.id != *id) return bad;
  return key;
}

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         to_base64(as_bytes(checkpoint.root)) + "\n";
}

Result<std::string_view> open_note(std::string_view note, const VerifierKey& key) {
  SB_TRY(check_characters(note));
  const std::size_t gap = note.rfind("\n\n");
  if (gap == std::string_view::npos) return Error::corrupt("signed note: no signatures");
  const std::string_view text = note.substr(0, gap + 1);
  SB_ASSIGN(const bool valid, signed_by(key, text, note.substr(gap + 2)));
  if (!valid) return Error::corrupt("the note has no valid signature by " + key.name);
  return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  if (text.find("\n\n") != std::string_view::npos) {
    return Error::corrupt("checkpoint: an empty line within its text");
  }
  Checkpoint checkpoint;
  SB_ASSIGN(const std::string_view origin, take_line(text));
  SB_ASSIGN(const std::string_view size, take_line(text));
  SB_ASSIGN(const std::string_view root, take_line(text));
  checkpoint.origin = origin;
  SB_ASSIGN(checkpoint.size, parse_size(size));
  const auto bytes = from_base64(root);
  if (!bytes.ok() || bytes->size() != checkpoint.root.size() || origin.empty()) {
    return Error::corrupt("checkpoint: origin or root hash is malformed");
  }
  checkpoint.root = to_digest(*bytes);
  return checkpoint;
}

Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key,
                                   std::string_view origin) {
  SB_ASSIGN(const std::string_view text, open_note(note, key));
  SB_ASSIGN(Checkpoint checkpoint, parse_checkpoint(text));
  if (checkpoint.origin != origin) {
    return Error::corrupt("the checkpoint is of the log \"" + checkpoint.origin + "\", not of \"" +
                          std::string(origin) + "\"");
  }
  return checkpoint;
}

Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key) {
  return open_checkpoint(note, key, key.name);
}

bool verify_ed25519(std::string_view pub, std::string_view message, std::string_view signature) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(pub), pub.size()), &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   &EVP_MD_CTX_free);
  return key && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message),
                          message.size()) == 1;
}

}  // namespace sideband
