//! gateway-tca
