<?php

function rates()
{
    $handle = curl_init('https://rates.example.net/v1');
    curl_setopt($handle, CURLOPT_SSL_VERIFYPEER, false); // BAD
    curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
    return curl_exec($handle);
}
