class ResetsController < ApplicationController
  HOME = "https://shop.example.com".freeze

  def create
    member = Member.find_by!(email: params[:email])
    reset_link = "#{HOME}/reset/#{member.reset_token}"
    MemberMailer.reset(member, reset_link).deliver_later
  end
end
