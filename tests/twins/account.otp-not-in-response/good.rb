class CodesController < ApplicationController
  def create
    otp_code = SecureRandom.random_number(900_000) + 100_000
    Texter.deliver(params[:phone], otp_code)
    render json: { sent: true, attempts: 3 }
  end
end
