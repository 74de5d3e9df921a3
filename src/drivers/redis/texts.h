// A reply that is an array of texts, kept in one piece: MGET and SCAN answer thousands at once, and
// an object for each of them is what costs most of reading them.
#pragma once

#include <hiredis/hiredis.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sideband {

// Used by one thread at a time. Keeps its memory from one reply to the next.
class RedisTexts {
 public:
  void clear();
  // How many the array has, those of arrays within it at their places; 0 for a reply that is
  // something else.
  [[nodiscard]] std::size_t size() const { return strange_ ? 0 : texts_.size(); }
  // Nothing for a nil. Valid until the next change.
  [[nodiscard]] std::optional<std::string_view> at(std::size_t i) const;
  // Whether the reply is an array of `count` texts and nils, and nothing else.
  [[nodiscard]] bool is_list(std::size_t count) const {
    return !strange_ && lists_ == 0 && texts_.size() == count;
  }
  // Whether it is what SCAN answers: a text, and an array of texts.
  [[nodiscard]] bool is_step() const {
    return !strange_ && !nils_ && lists_ == 1 && top_ == 2 && !texts_.empty();
  }
  // Whether it is the server's refusal of a key, and not of the command.
  [[nodiscard]] bool is_key_denial() const;
  // What is wrong with any other reply: the server's own error, or that it is not the protocol.
  [[nodiscard]] Error odd(std::string_view command) const;

  // With these a reader fills the RedisTexts that its privdata points at; objects are not owned.
  // What finds no memory makes the reader fail: no exception may pass through it.
  static redisReplyObjectFunctions* functions();

 private:
  struct Text {
    std::size_t from;
    std::size_t size;
    bool nil;
  };
  static void* take_text(const redisReadTask* task, char* text, std::size_t size);
  static void* take_array(const redisReadTask* task, int elements);
  static void* take_integer(const redisReadTask* task, long long number);
  static void* take_nil(const redisReadTask* task);
  void* add(const redisReadTask& task, std::string_view text, bool nil) noexcept;
  void* fail(const redisReadTask& task, std::string_view error) noexcept;

  std::string bytes_;
  std::vector<Text> texts_;
  std::string error_;     // the server's
  int top_ = 0;           // how many elements the array announced
  int lists_ = 0;         // arrays within it
  bool nils_ = false;     // there is one
  bool strange_ = false;  // not an array of texts, nils and one such array as the second element
};

}  // namespace sideband
