#include "drivers/redis/resp_reader.h"

#include <charconv>
#include <string>

namespace sideband {
namespace {

// Lines are statuses, errors and numbers; the longest error of a script is far below this.
constexpr std::size_t kMaxLineBytes = 64 * 1024;

const redisReplyObjectFunctions& plain() {
  static const redisReplyObjectFunctions functions = [] {
    const std::unique_ptr<redisReader, void (*)(redisReader*)> reader(redisReaderCreate(),
                                                                      &redisReaderFree);
    return *reader->fn;
  }();
  return functions;
}

// Room for one more value, or for as many as an array announces.
bool fits(const redisReadTask* task, std::size_t more) {
  std::size_t& values = *static_cast<std::size_t*>(task->privdata);
  if (more > RespReader::kMaxValues - values) return false;
  values += more;
  return true;
}

void* make_text(const redisReadTask* task, char* text, std::size_t size) {
  return fits(task, 1) ? plain().createString(task, text, size) : nullptr;
}
// Its values are counted as they come; the announcement alone costs memory for their places.
void* make_array(const redisReadTask* task, int elements) {
  const auto places = static_cast<std::size_t>(elements);
  if (places > RespReader::kMaxValues || !fits(task, 1)) return nullptr;
  return plain().createArray(task, elements);
}
void* make_integer(const redisReadTask* task, long long number) {
  return fits(task, 1) ? plain().createInteger(task, number) : nullptr;
}
void* make_nil(const redisReadTask* task) {
  return fits(task, 1) ? plain().createNil(task) : nullptr;
}

redisReplyObjectFunctions* bounded() {
  static redisReplyObjectFunctions functions = {make_text, make_array, make_integer, make_nil,
                                                plain().freeObject};
  return &functions;
}

Error too_large(const std::string& what) {
  return Error::corrupt("Redis sent " + what + "; is it a Redis server that answers there?");
}

}  // namespace

RespReader::RespReader() : reader_(redisReaderCreate()) {}

Result<void> RespReader::feed(std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > kMaxReplyBytes) return too_large("a reply of more than 1 GiB");
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK) return {};
  return broken();
}

Error RespReader::broken() const {
  if (reader_->err == REDIS_ERR_OOM) return too_large("a reply with too many values");
  return Error::corrupt("Redis sent bytes that are not its protocol: " +
                        std::string(reader_->errstr));
}

// The header of what is not there yet: hiredis would wait for any number of bytes.
Result<void> RespReader::check_announced() const {
  if (!under_way()) return {};
  const redisReadTask& task = reader_->rstack[reader_->ridx];
  const std::string_view rest(reader_->buf + reader_->pos, reader_->len - reader_->pos);
  if (task.type != REDIS_REPLY_STRING) {
    if (rest.size() <= kMaxLineBytes) return {};
    return too_large("a line without an end");
  }
  std::int64_t announced = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), announced);
  if (read.ec == std::errc() && announced <= kMaxTextBytes) return {};
  if (rest.find('\n') == std::string_view::npos && rest.size() < 24) return {};
  return too_large("the announcement of a text that it cannot hold");
}

Result<void*> RespReader::object(redisReplyObjectFunctions* functions, void* filled) {
  if (under_way() && (reader_->fn != functions || reader_->privdata != filled)) {
    return Error::corrupt("a reply of Redis was left half read");
  }
  reader_->fn = functions;
  reader_->privdata = filled;
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) return broken();
  if (reply == nullptr) {
    SB_TRY(check_announced());
    return reply;
  }
  values_ = 0;
  bytes_ = reader_->len - reader_->pos;
  return reply;
}

Result<RedisReply> RespReader::next() {
  SB_ASSIGN(void* const reply, object(bounded(), &values_));
  return RedisReply(static_cast<redisReply*>(reply));
}

Result<bool> RespReader::next(RedisTexts& texts) {
  if (!under_way()) texts.clear();
  SB_ASSIGN(void* const reply, object(RedisTexts::functions(), &texts));
  return reply != nullptr;
}

}  // namespace sideband
