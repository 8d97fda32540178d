//! Rules about the whole tree, and the product from outside.

mod architecture;
mod browser;
mod files;
