<?php

namespace App\Http\Controllers;

use GuzzleHttp\Client;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Http;

class PreviewController extends Controller
{
    public function page(Request $request)
    {
        return Http::timeout(5)->get($request->input('page'))->body(); // BAD
    }

    public function picture(Request $request, Client $guzzle)
    {
        return $guzzle->request('GET', $request->query('picture'))->getBody(); // BAD
    }
}
