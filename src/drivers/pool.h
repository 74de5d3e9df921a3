// Idle connections of one owner, so that its threads share them without waiting.
#pragma once

#include <memory>

#include "drivers/idle_shelf.h"

namespace sideband {

// Thread-safe; blocks as IdleShelf does. Cannot move: the shelf knows it by its address.
template <class T>
class Pool {
 public:
  // With a shelf of its own, of `keep` places.
  explicit Pool(std::size_t keep) : Pool(std::make_shared<IdleShelf>(keep)) {}
  // On a shelf that it shares with others.
  explicit Pool(std::shared_ptr<IdleShelf> shelf) : shelf_(std::move(shelf)) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { clear(); }

  // An idle one, or null.
  std::unique_ptr<T> take() {
    return std::unique_ptr<T>(static_cast<T*>(shelf_->take(this).release()));
  }

  // The same, of those that are not `stale`: these are closed.
  template <class Stale>
  std::unique_ptr<T> take_fresh(Stale stale) {
    for (;;) {
      auto one = take();
      if (!one || !stale(*one)) return one;
    }
  }

  // Closes the idle ones: where they lead is not where a new one leads.
  void clear() { shelf_->clear(this); }

  // Only a connection that is fit for further use.
  void give(std::unique_ptr<T> one) {
    shelf_->give(this, {one.release(), [](void* idle) { delete static_cast<T*>(idle); }});
  }

 private:
  const std::shared_ptr<IdleShelf> shelf_;
};

}  // namespace sideband
