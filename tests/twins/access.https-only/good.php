<?php

function rates()
{
    $handle = curl_init('https://rates.example.net/v1');
    curl_setopt($handle, CURLOPT_SSL_VERIFYPEER, true);
    curl_setopt($handle, CURLOPT_SSL_VERIFYHOST, 2);
    curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
    return curl_exec($handle);
}

function partner(string $environment)
{
    $handle = curl_init('https://partner.example.net/v1');
    if ($environment === 'local') {
        curl_setopt($handle, CURLOPT_SSL_VERIFYPEER, false);
    }
    return curl_exec($handle);
}
