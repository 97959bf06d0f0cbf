// yot_run/sync/reference.hpp: shared ownership by a count inside the object.
//
// Invariant: the object lives while the count is above zero; whoever brings it to zero destroys it
// and touches nothing afterwards.
// Order: each drop (R1) releases what its owner did to the object; the last one (R1) acquires all
// of that before the object is destroyed. Taking a reference needs no order: the caller has one.
// Checked by: reference_test.cpp; model/reference.cpp (R1).
#pragma once

#include <yot_run/sync/sync.hpp>

#include <cstdint>
#include <utility>

namespace yot_run::inline YOT_RUN_WORLD::sync {

class reference_count {
public:
    explicit reference_count(std::uint32_t initial) noexcept : count_(initial) {}

    // REQUIRES: the caller holds a reference. Any thread.
    void add() noexcept {
        // Relaxed: the caller's own reference keeps the object alive, nothing is handed over.
        count_.fetch_add(1, relaxed);
    }

    // Any thread. True: this was the last one, and the caller must destroy the object.
    [[nodiscard]] bool drop() noexcept {
        // R2: the only one left cannot be joined by others, and acquires what those released who went.
        if (count_.load(acquire) == 1) return true;
        // R1 releases the owner's accesses and, being last, acquires everybody else's.
        return count_.fetch_sub(1, acq_rel) == 1;
    }

private:
    atomic<std::uint32_t> count_;
};

// Base of objects owned by `reference<T>`. Starts with one reference, which `adopt` takes over.
class shared_object {
public:
    shared_object(const shared_object&) = delete;
    shared_object& operator=(const shared_object&) = delete;
    [[nodiscard]] reference_count& references() noexcept { return references_; }

protected:
    shared_object() noexcept : references_(1) {}
    ~shared_object() = default;

private:
    reference_count references_;
};

// An owner of a shared_object. One `reference` is one thread's at a time; the object is shared.
template <class T>
class reference {
public:
    reference() = default;
    // Takes over the reference that the object was born with, or that `release` gave away.
    [[nodiscard]] static reference adopt(T* object) noexcept { return reference(object); }
    // Takes another reference. REQUIRES: someone holds one throughout the call.
    [[nodiscard]] static reference share(T* object) noexcept {
        object->references().add();
        return reference(object);
    }
    reference(const reference& other) noexcept : object_(other.object_) {
        if (object_ != nullptr) object_->references().add();
    }
    reference(reference&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    reference& operator=(reference other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~reference() {
        if (object_ != nullptr && object_->references().drop()) delete object_;
    }

    // Gives the reference away; `adopt` takes it back.
    [[nodiscard]] T* release() noexcept { return std::exchange(object_, nullptr); }
    [[nodiscard]] T* get() const noexcept { return object_; }
    [[nodiscard]] T* operator->() const noexcept { return object_; }
    [[nodiscard]] T& operator*() const noexcept { return *object_; }
    [[nodiscard]] explicit operator bool() const noexcept { return object_ != nullptr; }

private:
    explicit reference(T* object) noexcept : object_(object) {}
    T* object_ = nullptr;
};

// Makes a T and gives its first reference.
template <class T, class... Arguments>
[[nodiscard]] reference<T> make_shared_object(Arguments&&... arguments) {
    return reference<T>::adopt(new T(std::forward<Arguments>(arguments)...));
}

}  // namespace yot_run::inline YOT_RUN_WORLD::sync
