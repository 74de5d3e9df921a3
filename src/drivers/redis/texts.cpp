#include "drivers/redis/texts.h"

#include <new>

#include "drivers/redis/resp.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxTexts = std::size_t{4} << 20;

}  // namespace

void RedisTexts::clear() {
  bytes_.clear();
  texts_.clear();
  error_.clear();
  top_ = lists_ = 0;
  nils_ = strange_ = false;
}

std::optional<std::string_view> RedisTexts::at(std::size_t i) const {
  const Text& text = texts_.at(i);
  if (text.nil) return std::nullopt;
  return std::string_view(bytes_).substr(text.from, text.size);
}

// "NOPERM No permissions to access a key", before version 7 "... to access one of the keys".
bool RedisTexts::is_key_denial() const {
  return error_.starts_with("NOPERM") && error_.find("to access") != std::string::npos;
}

Error RedisTexts::odd(std::string_view command) const {
  if (!error_.empty()) return reply_error(error_);
  return Error::corrupt("Redis answered " + std::string(command) +
                        " with something else than it should");
}

void* RedisTexts::add(const redisReadTask& task, std::string_view text, bool nil) noexcept try {
  if (task.parent == nullptr) strange_ = true;
  if (texts_.size() >= kMaxTexts) return nullptr;
  nils_ = nils_ || nil;
  texts_.push_back({bytes_.size(), text.size(), nil});
  bytes_.append(text);
  return this;
} catch (const std::bad_alloc&) {
  return nullptr;
}

void* RedisTexts::fail(const redisReadTask& task, std::string_view error) noexcept try {
  strange_ = true;
  if (task.type == REDIS_REPLY_ERROR) error_.assign(error);
  return this;
} catch (const std::bad_alloc&) {
  return nullptr;
}

void* RedisTexts::take_text(const redisReadTask* task, char* text, std::size_t size) {
  auto* const self = static_cast<RedisTexts*>(task->privdata);
  const bool exact = task->type == REDIS_REPLY_STRING;
  return exact ? self->add(*task, {text, size}, false) : self->fail(*task, {text, size});
}

// Nothing is reserved: `elements` is a number that a stranger said.
void* RedisTexts::take_array(const redisReadTask* task, int elements) {
  auto* const self = static_cast<RedisTexts*>(task->privdata);
  if (task->parent == nullptr) {
    self->top_ = elements;
    return self;
  }
  ++self->lists_;
  if (self->lists_ > 1 || task->idx != 1 || task->parent->parent != nullptr) self->strange_ = true;
  return self;
}

void* RedisTexts::take_integer(const redisReadTask* task, long long /*number*/) {
  return static_cast<RedisTexts*>(task->privdata)->fail(*task, {});
}

void* RedisTexts::take_nil(const redisReadTask* task) {
  return static_cast<RedisTexts*>(task->privdata)->add(*task, {}, true);
}

redisReplyObjectFunctions* RedisTexts::functions() {
  static redisReplyObjectFunctions functions = {take_text, take_array, take_integer, take_nil,
                                                [](void*) {}};
  return &functions;
}

}  // namespace sideband
