#include "audit/verify/proof_question.h"

#include <charconv>
#include <vector>

#include "base/bytes.h"
#include "merkle/proof.h"
#include "model/document.h"

namespace sideband {
namespace {

using Kind = Document::Kind;

// The members of a question. What is missing or of another type is kInvalid; a value that no proof
// can have is kCorrupt.
class Question {
 public:
  explicit Question(const Document& document) : document_(document) {}

  [[nodiscard]] Result<std::string> text(const std::string& name) const {
    SB_ASSIGN(const Document* const member, find(name, Kind::kString));
    return member->text;
  }

  [[nodiscard]] Result<std::uint64_t> number(const std::string& name) const {
    SB_ASSIGN(const Document* const member, find(name, Kind::kNumber));
    const std::string& digits = member->text;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc() && end == digits.data() + digits.size()) return value;
    return Error::corrupt(name + ": " + digits + " is not a whole number from 0 to 2^64 - 1");
  }

  // The bytes, whatever their number.
  [[nodiscard]] Result<std::string> bytes(const std::string& name) const {
    SB_ASSIGN(const std::string encoded, text(name));
    return decoded(name, encoded);
  }

  [[nodiscard]] Result<Digest> hash(const std::string& name) const {
    SB_ASSIGN(const std::string raw, bytes(name));
    return digest(name, raw);
  }

  [[nodiscard]] Result<std::vector<Digest>> proof() const {
    std::vector<Digest> hashes;
    const auto found = document_.members.find("proof");
    if (found != document_.members.end() && found->second.kind == Kind::kNull) return hashes;
    SB_ASSIGN(const Document* const list, find("proof", Kind::kList));
    for (const Document& item : list->items) {
      const std::string name = "proof[" + std::to_string(hashes.size()) + "]";
      if (item.kind != Kind::kString) return Error::invalid(name + " must be a text in base64");
      SB_ASSIGN(const std::string raw, decoded(name, item.text));
      SB_ASSIGN(const Digest one, digest(name, raw));
      hashes.push_back(one);
    }
    return hashes;
  }

 private:
  [[nodiscard]] Result<const Document*> find(const std::string& name, Kind kind) const {
    const auto found = document_.members.find(name);
    if (found == document_.members.end())
      return Error::invalid("the member \"" + name + "\" is missing");
    if (found->second.kind == kind) return &found->second;
    const std::string wanted = kind == Kind::kNumber ? "a number"
                               : kind == Kind::kList ? "a list"
                                                     : "a text";
    return Error::invalid("\"" + name + "\" must be " + wanted);
  }

  static Result<std::string> decoded(const std::string& name, const std::string& encoded) {
    auto raw = from_base64(encoded);
    if (!raw.ok()) return Error::corrupt(name + " is not base64");
    return std::move(*raw);
  }

  static Result<Digest> digest(const std::string& name, const std::string& raw) {
    if (raw.size() == std::tuple_size_v<Digest>) return to_digest(raw);
    return Error::corrupt(name + " has " + std::to_string(raw.size()) + " bytes, a hash has 32");
  }

  const Document& document_;
};

Result<std::string> answer_inclusion(const Question& question) {
  SB_ASSIGN(const std::uint64_t index, question.number("leafIndex"));
  SB_ASSIGN(const std::uint64_t size, question.number("treeSize"));
  SB_ASSIGN(const Digest leaf, question.hash("leafHash"));
  SB_ASSIGN(const Digest root, question.hash("root"));
  SB_ASSIGN(const auto proof, question.proof());
  if (!verify_inclusion(leaf, index, size, proof, root)) {
    return Error::corrupt("the proof does not lead from the leaf to the root");
  }
  return "leaf " + std::to_string(index) + " is in the tree of " + std::to_string(size) + " leaves";
}

Result<std::string> answer_consistency(const Question& question) {
  SB_ASSIGN(const std::uint64_t old_size, question.number("size1"));
  SB_ASSIGN(const std::uint64_t size, question.number("size2"));
  SB_ASSIGN(const auto proof, question.proof());
  const std::string sizes = std::to_string(old_size) + " leaves";
  // Nothing is hashed then, so that roots of any form are the same or not.
  if (old_size == size) {
    SB_ASSIGN(const std::string first, question.bytes("root1"));
    SB_ASSIGN(const std::string second, question.bytes("root2"));
    if (proof.empty() && first == second) return "both trees of " + sizes + " are the same";
    return Error::corrupt("trees of one size with different roots, or a proof where none is due");
  }
  if (old_size == 0) return Error::corrupt("from a tree without leaves nothing is proven");
  SB_ASSIGN(const Digest old_root, question.hash("root1"));
  SB_ASSIGN(const Digest root, question.hash("root2"));
  if (!verify_consistency(old_size, old_root, size, root, proof)) {
    return Error::corrupt("the proof does not lead from both roots to each other");
  }
  return "the tree of " + std::to_string(size) + " leaves extends that of " + sizes;
}

}  // namespace

Result<std::string> answer_proof(std::string_view json) {
  SB_ASSIGN(const Document document, parse_json(json));
  if (document.kind != Kind::kMap) return Error::invalid("a proof is a JSON object");
  const Question question(document);
  SB_ASSIGN(const std::string kind, question.text("kind"));
  if (kind == "inclusion") return answer_inclusion(question);
  if (kind == "consistency") return answer_consistency(question);
  return Error::invalid("\"kind\" is \"" + kind + "\"; there are inclusion and consistency");
}

}  // namespace sideband
