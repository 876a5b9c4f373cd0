<?php

namespace App\Http\Controllers;

use Illuminate\Http\Request;

class CodeController extends Controller
{
    public function ask(Request $request)
    {
        $otp = random_int(100000, 999999);
        $this->sms->send($request->input('phone'), $otp);

        return response()->json(['sent' => true, 'otp_length' => 6]);
    }
}
