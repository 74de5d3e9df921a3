#include "drivers/postgres/replication/pgoutput.h"

#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "model/key_parts.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxRelations = 100'000;
constexpr std::size_t kMaxTransactions = 1'000;
// That have ended and that others may not see yet, as with synchronous replication.
constexpr std::size_t kMaxUnseen = 10'000;

using Texts = std::vector<std::optional<std::string_view>>;

// A column of the join key from its text form; nothing where it is none of that form.
std::optional<std::string> part_of(PgForm form, std::string_view text) {
  std::string key(text);
  if (form == PgForm::kBytes) {
    if (!text.starts_with("\\x")) return std::nullopt;
    auto bytes = from_hex(text.substr(2));
    if (!bytes) return std::nullopt;
    key = std::move(*bytes);
  }
  if (!pg_key_value(form, key)) return std::nullopt;
  return key;
}

std::size_t count_of(const Texts& texts) {
  return static_cast<std::size_t>(
      std::count_if(texts.begin(), texts.end(), [](const auto& text) { return text.has_value(); }));
}

}  // namespace

// Reads from the front of a message. After the first thing that is not there, everything is 0 or
// empty and good() is false.
class PgOutput::Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] bool good() const { return good_; }
  // Read to its end, and nothing was missing.
  [[nodiscard]] bool whole() const { return good_ && rest_.empty(); }
  [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }

  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const char c : bytes(size)) value = value << 8U | static_cast<unsigned char>(c);
    return value;
  }
  std::uint32_t id() { return static_cast<std::uint32_t>(number(4)); }
  char letter() { return static_cast<char>(number(1)); }
  std::string_view bytes(std::size_t size) {
    if (!good_ || rest_.size() < size) return spoil();
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  std::string_view text() {
    const std::size_t end = rest_.find('\0');
    if (end == std::string_view::npos) return spoil();
    const std::string_view out = bytes(end);
    rest_.remove_prefix(1);
    return out;
  }
  // One row; the texts of these columns of it, nothing where one was not sent or is NULL.
  Texts row(const std::vector<int>& wanted) {
    Texts found(wanted.size());
    const auto columns = static_cast<int>(number(2));
    for (int i = 0; i < columns && good_; ++i) {
      const char kind = letter();
      if (kind == 'n' || kind == 'u') continue;
      if (kind != 't' && kind != 'b') spoil();
      const std::string_view value = bytes(number(4));
      const auto at = std::find(wanted.begin(), wanted.end(), i);
      if (at != wanted.end() && kind == 't')
        found[static_cast<std::size_t>(at - wanted.begin())] = value;
    }
    return found;
  }
  std::string_view spoil() {
    good_ = false;
    rest_ = {};
    return {};
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

Result<void> PgOutput::take(std::string_view message) {
  Reader reader(message);
  const char kind = reader.letter();
  switch (kind) {
    case 'B':
    case 'C':
      take_transaction(kind, reader);
      break;
    case 'S':
    case 'E':
    case 'c':
    case 'A':
      take_stream(kind, reader);
      break;
    case 'R':
    case 'I':
    case 'U':
    case 'D':
    case 'T':
      if (in_stream_) reader.id();
      SB_TRY(take_change(kind, reader));
      break;
    case 'Y':
    case 'O':
      return {};
    default:
      found_.add_scan();
      return {};
  }
  if (!reader.whole()) found_.add_scan();
  if (transactions_.size() <= kMaxUnseen) return {};
  // None may be forgotten: what it changed would be told before it can be seen.
  return Error::unavailable("more transactions wait for others to see them than are kept");
}

void PgOutput::take_transaction(char kind, Reader& reader) {
  if (kind == 'B') {
    reader.bytes(16);
    found_.add_all(open_);  // nothing, unless the last one had no end
    in_transaction_ = true;
    transaction_ = reader.id();
    return;
  }
  reader.bytes(9);
  const std::uint64_t end = reader.number(8);
  reader.bytes(8);
  in_transaction_ = false;
  if (open_.any()) ended(transaction_);
  found_.add_all(open_);
  if (reader.good()) reach(end);
}

// Large transactions come before their end, in pieces. Of these only is kept whether they matter.
void PgOutput::take_stream(char kind, Reader& reader) {
  if (kind == 'E') {
    in_stream_ = false;
    return;
  }
  const std::uint32_t transaction = reader.id();
  if (kind == 'S') {
    reader.bytes(1);
    in_stream_ = true;
    transaction_ = transaction;
  } else if (kind == 'A') {
    if (reader.id() == transaction) touched_.erase(transaction);
  } else {
    reader.bytes(9);
    const std::uint64_t end = reader.number(8);
    reader.bytes(8);
    if (touched_.erase(transaction) != 0 || touched_overflow_) {
      found_.add_scan();
      ended(transaction);
    }
    if (reader.good()) reach(end);
  }
}

void PgOutput::ended(std::uint32_t transaction) {
  transactions_.push_back(transaction);
}

void PgOutput::reach(std::uint64_t place) {
  if (!in_transaction_ && place > reached_) reached_ = place;
}

// Something of ours changed, and which key is not known.
void PgOutput::changed() {
  if (!in_stream_) {
    // Outside of any transaction, which an honest server never sends, nothing would hand it over.
    (in_transaction_ ? open_ : found_).add_scan();
    return;
  }
  touched_.insert(transaction_);
  if (touched_.size() <= kMaxTransactions) return;
  touched_overflow_ = true;
  touched_.clear();
}

Result<void> PgOutput::take_change(char kind, Reader& reader) {
  if (kind == 'R') return take_relation(reader);
  if (kind == 'T') return take_truncate(reader);
  const std::uint32_t id = reader.id();
  SB_ASSIGN(const PgInterest interest, interest_in(id));
  if (interest != PgInterest::kNone && (in_stream_ || interest != PgInterest::kKeys)) changed();
  const auto known = relations_.find(id);
  take_rows(kind, known == relations_.end() ? Relation() : known->second, reader);
  return {};
}

// A row, before and after. Where the key did not change, an old row is sent only by tables whose
// whole rows identify them.
void PgOutput::take_rows(char kind, const Relation& relation, Reader& reader) {
  Texts before;
  Texts after;
  const bool has_old = reader.front() == 'K' || reader.front() == 'O';
  if (kind == 'D' && !has_old) reader.spoil();
  if (kind != 'I' && has_old) {
    reader.letter();
    before = reader.row(relation.key);
  }
  if (kind != 'D') {
    if (reader.letter() != 'N') reader.spoil();
    after = reader.row(relation.key);
  }
  if (in_stream_ || relation.interest != PgInterest::kKeys || !reader.good()) return;
  // A long key that did not change is not sent again.
  const bool told = count_of(before) != 0 || (kind != 'D' && count_of(after) != 0);
  if (!told) return changed();
  take_key(before);
  take_key(after);
}

// The key of a row of which at least one column was sent; of a part of it nobody can tell which.
void PgOutput::take_key(const std::vector<std::optional<std::string_view>>& texts) {
  const std::size_t sent = count_of(texts);
  if (sent == 0) return;
  if (sent < key_.size()) return changed();
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto part = part_of(key_[i].form, *texts[i]);
    if (!part) return changed();
    parts.push_back(std::move(*part));
  }
  (in_transaction_ ? open_ : found_).add(join_key(parts));
}

Result<PgInterest> PgOutput::interest_in(std::uint32_t id) {
  const auto known = relations_.find(id);
  if (known == relations_.end()) return PgInterest::kLater;
  Relation& relation = known->second;
  const bool settled = in_stream_ ? touched_.contains(transaction_) : open_.scan();
  // Once everything is looked at, it no longer matters.
  if (relation.interest == PgInterest::kLater && !settled) {
    SB_ASSIGN(relation.interest, ask_(id));
  }
  return relation.interest;
}

Result<void> PgOutput::take_relation(Reader& reader) {
  const std::uint32_t id = reader.id();
  reader.text();
  reader.text();
  reader.bytes(1);
  Relation relation;
  std::map<std::string_view, int> names;
  const auto columns = static_cast<int>(reader.number(2));
  for (int i = 0; i < columns && reader.good(); ++i) {
    reader.bytes(1);
    names.emplace(reader.text(), i);
    reader.bytes(8);
  }
  for (const PgPublishedColumn& column : key_) {
    const auto at = names.find(column.name);
    if (at != names.end()) relation.key.push_back(at->second);
  }
  if (relation.key.size() < key_.size()) relation.key.clear();
  if (!reader.whole()) return {};
  SB_ASSIGN(relation.interest, ask_(id));
  if (relations_.size() < kMaxRelations || relations_.contains(id)) relations_[id] = relation;
  return {};
}

Result<void> PgOutput::take_truncate(Reader& reader) {
  const std::uint32_t count = reader.id();
  reader.bytes(1);
  for (std::uint32_t i = 0; i < count && reader.good(); ++i) {
    SB_ASSIGN(const PgInterest interest, interest_in(reader.id()));
    if (interest != PgInterest::kNone) changed();
  }
  return {};
}

}  // namespace sideband
