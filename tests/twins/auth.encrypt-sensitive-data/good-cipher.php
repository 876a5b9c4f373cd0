<?php
$start = random_bytes(12);
$sealed = openssl_encrypt($text, 'aes-256-gcm', $key, OPENSSL_RAW_DATA, $start, $tag);
$second = sodium_crypto_secretbox($text, random_bytes(24), $key);
