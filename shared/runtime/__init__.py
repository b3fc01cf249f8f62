"""The one mechanism that moves everything: fold, fence, forward."""
