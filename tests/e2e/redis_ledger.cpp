#include "e2e/redis_ledger.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "base/check.h"
#include "support/redis_server.h"

namespace sideband::e2e {
namespace {

constexpr const char* kMark = "ledger-mark-";
constexpr const char* kFence = "sideband:fence:";

struct Line {
  WallTime at;
  bool by_script = false;
  std::vector<std::string> words;  // the command's name in upper case
};

// "1700000000.123456 [0 lua] \"SET\" \"key\" ..."; values of these tests need no other escapes.
Line parse(const std::string& text) {
  Line line;
  const std::size_t dot = text.find('.');
  line.at = from_us(std::atoll(text.c_str()) * 1'000'000 + std::atoll(text.c_str() + dot + 1));
  const std::size_t close = text.find(']');
  line.by_script = text.substr(0, close).ends_with(" lua");
  for (std::size_t at = text.find('"', close); at != std::string::npos; at = text.find('"', at)) {
    std::string word;
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\') ++at;
      word += text[at];
    }
    ++at;
    line.words.push_back(word);
  }
  SB_CHECK(!line.words.empty());
  for (char& c : line.words[0]) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return line;
}

// EVALSHA script number-of-keys [fence] key... token stripes (found wanted)...
LedgerEntry call_of(const Line& line) {
  LedgerEntry call;
  call.at = line.at;
  call.kind = LedgerEntry::Kind::kCall;
  const auto& words = line.words;
  const auto count = static_cast<std::size_t>(std::atoi(words.at(2).c_str()));
  const int first = words.at(3).starts_with(kFence) ? 4 : 3;
  call.keys.assign(words.begin() + first, words.begin() + 3 + static_cast<std::ptrdiff_t>(count));
  call.token = words.at(3 + count);
  call.token.erase(0, std::min(call.token.find_first_not_of('0'), call.token.size() - 1));
  for (std::size_t i = 6 + count; i < words.size(); i += 2) call.wanted.push_back(words[i]);
  SB_CHECK(call.wanted.size() == call.keys.size());
  return call;
}

}  // namespace

RedisLedger::RedisLedger(const std::string& socket)
    : socket_(socket), monitor_(redisConnectUnix(socket.c_str())) {
  SB_CHECK(monitor_ != nullptr && monitor_->err == 0);
  void* const reply = redisCommand(monitor_.get(), "MONITOR");
  SB_CHECK(reply != nullptr);
  freeReplyObject(reply);
}

void RedisLedger::take(const std::string& text) {
  const Line line = parse(text);
  const std::string& name = line.words[0];
  if (name == "EVAL" || name == "EVALSHA") return entries_.push_back(call_of(line));
  if (name != "SET" && name != "DEL" && name != "UNLINK") return;
  if (line.words.at(1).starts_with(kFence)) return;
  LedgerEntry write;
  write.at = line.at;
  write.kind = line.by_script ? LedgerEntry::Kind::kOurWrite : LedgerEntry::Kind::kOtherWrite;
  write.keys = {line.words.at(1)};
  write.value = name == "SET" ? line.words.at(2) : "(deleted)";
  entries_.push_back(std::move(write));
}

const std::vector<LedgerEntry>& RedisLedger::read_all() {
  const std::string mark = kMark + std::to_string(++marks_);
  RedisClient(socket_).command({"ECHO", mark});
  while (true) {
    void* raw = nullptr;
    SB_CHECK(redisGetReply(monitor_.get(), &raw) == REDIS_OK);
    auto* const reply = static_cast<redisReply*>(raw);
    const std::string text(reply->str, reply->len);
    freeReplyObject(reply);
    if (text.find(mark) != std::string::npos) return entries_;
    take(text);
  }
}

}  // namespace sideband::e2e
