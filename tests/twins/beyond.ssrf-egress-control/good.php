<?php

namespace App\Http\Controllers;

use Illuminate\Http\Request;
use Illuminate\Support\Facades\Http;

class WeatherController extends Controller
{
    public function show(Request $request)
    {
        return Http::timeout(5)->get('https://weather.example.com/v1', ['city' => $request->input('city')])->json();
    }
}
