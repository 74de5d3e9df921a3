// Signed notes and checkpoints as their readers see them (C2SP signed-note and tlog-checkpoint).
//
// A checkpoint is the text "origin\nsize\nbase64 root\n", an empty line, and signature lines
// "- name base64(key id || signature)" with an em dash for the hyphen. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/sha256.h"

namespace sideband {

// What an Ed25519 key signs: the text itself, or as a witness the text and the time at which it saw
// it (https://c2sp.org/tlog-cosignature).
enum class NoteKeyType : std::uint8_t { kEd25519 = 0x01, kCosignature = 0x04 };

// A key that signs notes: "name+hash+base64" as text.
struct VerifierKey {
  std::string name;
  std::string id;   // 4 bytes: SHA-256(name || 0x0A || type || public key)
  std::string pub;  // 32 bytes, Ed25519
  NoteKeyType type = NoteKeyType::kEd25519;
};

// The id of a key under this name.
std::string note_key_id(std::string_view name, std::string_view pub,
                        NoteKeyType type = NoteKeyType::kEd25519);

// kInvalid when it is not a verifier key of these types, or its hash does not fit.
Result<VerifierKey> parse_verifier_key(std::string_view text);

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Digest root{};
  bool operator==(const Checkpoint&) const = default;
};

// The text that is signed.
std::string checkpoint_text(const Checkpoint& checkpoint);

// The text of a note that `key` signed, a view of it; other signatures are passed over. kCorrupt
// when the note is malformed or has no valid signature by the key.
Result<std::string_view> open_note(std::string_view note, const VerifierKey& key);

// Lines behind the root say nothing here. kCorrupt when it is no checkpoint.
Result<Checkpoint> parse_checkpoint(std::string_view text);

// The checkpoint of a note that `key` signed. kCorrupt also when it is of another log than
// `origin`.
Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key,
                                   std::string_view origin);
// The same of the log that is called as the key is.
Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key);

// Ed25519 (RFC 8032).
bool verify_ed25519(std::string_view pub, std::string_view message, std::string_view signature);

}  // namespace sideband
